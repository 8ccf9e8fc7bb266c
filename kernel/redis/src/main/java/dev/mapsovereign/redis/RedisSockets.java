package dev.mapsovereign.redis;

import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.tls.ClientTls;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import javax.net.ssl.SSLSocket;
import redis.clients.jedis.JedisSocketFactory;
import redis.clients.jedis.exceptions.JedisConnectionException;

/** Makes the sockets to one server: TCP, TLS, or Unix. */
final class RedisSockets implements JedisSocketFactory {
    private final RedisAddress address;
    private final Optional<ClientTls> tls;
    private final int answerMillis;

    /**
     * @param answerMillis how long one read may wait once connected
     */
    RedisSockets(RedisAddress address, Optional<ClientTls> tls, int answerMillis) {
        this.address = address;
        this.tls = tls;
        this.answerMillis = answerMillis;
    }

    @Override
    public Socket createSocket() {
        try {
            return switch (address) {
                case RedisAddress.Unix unix -> new UnixSocket(unix.path());
                case RedisAddress.Tcp tcp -> connect(tcp);
            };
        } catch (IOException e) {
            throw new JedisConnectionException(IoReason.of(e), e);
        }
    }

    private Socket connect(RedisAddress.Tcp to) throws IOException {
        int connectMillis = (int) Limits.CONNECT.toMillis();
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setKeepAlive(true);
            socket.connect(new InetSocketAddress(to.bareHost(), to.port()), connectMillis);
            if (tls.isPresent()) {
                socket.setSoTimeout(connectMillis);
                SSLSocket secured = tls.get().over(socket, to.bareHost(), to.port());
                secured.startHandshake();
                socket = secured;
            }
            socket.setSoTimeout(answerMillis);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}

package dev.mapsovereign.testing;

/** A program that starts both servers, says their ports, and waits to be killed. */
final class ServersOfKilledProcess {
    private ServersOfKilledProcess() {}

    public static void main(String[] arguments) throws InterruptedException {
        System.out.println(TestPostgres.shared().port() + " " + TestRedis.shared().port());
        Thread.sleep(Long.MAX_VALUE);
    }
}

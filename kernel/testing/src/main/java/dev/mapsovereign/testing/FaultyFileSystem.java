package dev.mapsovereign.testing;

import dev.mapsovereign.testing.FaultyFiles.Operation;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.StandardOpenOption;
import java.nio.file.WatchService;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.attribute.UserPrincipalLookupService;
import java.nio.file.spi.FileSystemProvider;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The file system behind {@link FaultyFiles}: the real one, with a question before each change. */
final class FaultyFileSystem extends FileSystem {
    private final FaultyFiles files;
    private final FileSystem real;
    private final Provider provider;

    FaultyFileSystem(FaultyFiles files, FileSystem real) {
        this.files = files;
        this.real = real;
        this.provider = new Provider();
    }

    Path wrap(Path path) {
        return new FaultyPath(this, path);
    }

    static Path real(Path path) {
        return path instanceof FaultyPath faulty ? faulty.real() : path;
    }

    @Override
    public FileSystemProvider provider() {
        return provider;
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    @Override
    public boolean isOpen() {
        return true;
    }

    @Override
    public boolean isReadOnly() {
        return false;
    }

    @Override
    public String getSeparator() {
        return real.getSeparator();
    }

    @Override
    public Iterable<Path> getRootDirectories() {
        return List.of(wrap(real.getRootDirectories().iterator().next()));
    }

    @Override
    public Iterable<FileStore> getFileStores() {
        return real.getFileStores();
    }

    @Override
    public Set<String> supportedFileAttributeViews() {
        return real.supportedFileAttributeViews();
    }

    @Override
    public Path getPath(String first, String... more) {
        return wrap(real.getPath(first, more));
    }

    @Override
    public PathMatcher getPathMatcher(String pattern) {
        PathMatcher matcher = real.getPathMatcher(pattern);
        return path -> matcher.matches(real(path));
    }

    @Override
    public UserPrincipalLookupService getUserPrincipalLookupService() {
        return real.getUserPrincipalLookupService();
    }

    @Override
    public WatchService newWatchService() {
        throw new UnsupportedOperationException();
    }

    private interface Work<T> {
        T run() throws IOException;
    }

    private <T> T guarded(Operation operation, Path path, Work<T> work) throws IOException {
        files.power.readLock().lock();
        try {
            files.before(operation, path);
            return work.run();
        } finally {
            files.power.readLock().unlock();
        }
    }

    /** Asks, notes, and does the real thing. */
    private final class Provider extends FileSystemProvider {
        private final FileSystemProvider delegate = real.provider();

        @Override
        public FileChannel newFileChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            Path file = real(path);
            return guarded(
                    Operation.OPEN,
                    file,
                    () -> {
                        boolean there = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
                        boolean cuts = options.contains(StandardOpenOption.TRUNCATE_EXISTING);
                        if (there && cuts && Files.size(file) > 0) {
                            files.unsynced.deleting(file);
                        }
                        FileChannel channel = delegate.newFileChannel(file, options, attributes);
                        if (!there) {
                            files.unsynced.created(file);
                        }
                        return files.channel(file, channel);
                    });
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(
                Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
            DirectoryStream<Path> entries =
                    delegate.newDirectoryStream(real(folder), entry -> filter.accept(wrap(entry)));
            return new DirectoryStream<>() {
                @Override
                public Iterator<Path> iterator() {
                    Iterator<Path> iterator = entries.iterator();
                    return new Iterator<>() {
                        @Override
                        public boolean hasNext() {
                            return iterator.hasNext();
                        }

                        @Override
                        public Path next() {
                            return wrap(iterator.next());
                        }
                    };
                }

                @Override
                public void close() throws IOException {
                    entries.close();
                }
            };
        }

        @Override
        public void createDirectory(Path folder, FileAttribute<?>... attributes)
                throws IOException {
            Path path = real(folder);
            guarded(
                    Operation.OPEN,
                    path,
                    () -> {
                        delegate.createDirectory(path, attributes);
                        files.unsynced.created(path);
                        return 0;
                    });
        }

        @Override
        public void createLink(Path link, Path existing) throws IOException {
            Path path = real(link);
            guarded(
                    Operation.OPEN,
                    path,
                    () -> {
                        delegate.createLink(path, real(existing));
                        files.unsynced.created(path);
                        return 0;
                    });
        }

        @Override
        public void delete(Path path) throws IOException {
            Path file = real(path);
            guarded(
                    Operation.WRITE,
                    file,
                    () -> {
                        files.unsynced.deleting(file);
                        delegate.delete(file);
                        return 0;
                    });
        }

        @Override
        public void move(Path from, Path to, CopyOption... options) throws IOException {
            guarded(
                    Operation.RENAME,
                    real(to),
                    () -> {
                        files.unsynced.renaming(real(from), real(to));
                        delegate.move(real(from), real(to), options);
                        return 0;
                    });
        }

        @Override
        public void copy(Path from, Path to, CopyOption... options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean isSameFile(Path path, Path other) throws IOException {
            return delegate.isSameFile(real(path), real(other));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return delegate.isHidden(real(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return delegate.getFileStore(real(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            delegate.checkAccess(real(path), modes);
        }

        @Override
        public <V extends FileAttributeView> @Nullable V getFileAttributeView(
                Path path, Class<V> type, LinkOption... options) {
            return delegate.getFileAttributeView(real(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(
                Path path, Class<A> type, LinkOption... options) throws IOException {
            return delegate.readAttributes(real(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(
                Path path, String attributes, LinkOption... options) throws IOException {
            return delegate.readAttributes(real(path), attributes, options);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options)
                throws IOException {
            delegate.setAttribute(real(path), attribute, value, options);
        }

        @Override
        public String getScheme() {
            return "faulty";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Path getPath(URI uri) {
            throw new UnsupportedOperationException();
        }
    }
}

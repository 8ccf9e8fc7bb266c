package dev.mapsovereign.base.durable;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
    @TempDir Path folder;

    @Test
    void tryAcquire_closedAndAgain_isHeldEachTime() throws IOException {
        for (int round = 0; round < 3; round++) {
            try (FolderLock lock = FolderLock.tryAcquire(folder).orElseThrow()) {
                assertThat(lock).isNotNull();
                assertThat(FolderLock.tryAcquire(folder)).isEmpty();
            }
        }
        assertThat(
                        PosixFilePermissions.toString(
                                Files.getPosixFilePermissions(folder.resolve(FolderLock.FILE))))
                .isEqualTo("rw-------");
    }

    @Test
    void tryAcquire_manyThreads_oneHasIt() throws Exception {
        int threads = 16;
        CountDownLatch start = new CountDownLatch(1);
        List<Future<Optional<FolderLock>>> attempts = new ArrayList<>();
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < threads; i++) {
                attempts.add(
                        executor.submit(() -> {
                            start.await();
                            return FolderLock.tryAcquire(folder);
                        }));
            }
            start.countDown();
        }
        List<FolderLock> held = new ArrayList<>();
        for (Future<Optional<FolderLock>> attempt : attempts) {
            attempt.get().ifPresent(held::add);
        }
        assertThat(held).hasSize(1);
        held.getFirst().close();
    }

    @Test
    void tryAcquire_otherPathToSameFolder_isRefused() throws IOException {
        Path real = Files.createDirectory(folder.resolve("real"));
        Path other = Files.createSymbolicLink(folder.resolve("other"), real);
        try (FolderLock lock = FolderLock.tryAcquire(real).orElseThrow()) {
            assertThat(lock).isNotNull();
            assertThat(FolderLock.tryAcquire(other)).isEmpty();
        }
    }

    /** A refused attempt of our own must not give our lock back, as closing the file would. */
    @Test
    void tryAcquire_otherProcess_isRefusedWhileHeld_alsoAfterOwnSecondAttempt() throws Exception {
        try (FolderLock lock = FolderLock.tryAcquire(folder).orElseThrow()) {
            assertThat(lock).isNotNull();
            assertThat(FolderLock.tryAcquire(folder)).isEmpty();
            assertThat(FolderLock.holder(folder))
                    .hasValueSatisfying(holder ->
                            assertThat(holder)
                                    .startsWith(
                                            "process "
                                                    + ProcessHandle.current().pid()
                                                    + " since "));

            assertThat(attemptInOtherProcess()).isEqualTo("refused");
        }
        assertThat(attemptInOtherProcess()).isEqualTo("held");
    }

    @Test
    void tryAcquire_holderKilled_isFreeAgain() throws Exception {
        Process holder = SecondProcess.start("lock", folder.toString());
        assertThat(firstLine(holder)).isEqualTo("held");
        assertThat(FolderLock.tryAcquire(folder)).isEmpty();

        holder.destroyForcibly().waitFor();

        Optional<FolderLock> lock = FolderLock.tryAcquire(folder);
        assertThat(lock).isPresent();
        lock.get().close();
    }

    @Test
    void tryAcquire_noFolderOrLinkAsLockFile_fails() throws IOException {
        assertThatThrownBy(() -> FolderLock.tryAcquire(folder.resolve("none")))
                .isInstanceOf(NoSuchFileException.class);
        Path target = Files.createFile(folder.resolve("target"));
        Files.createSymbolicLink(folder.resolve(FolderLock.FILE), target);
        assertThatThrownBy(() -> FolderLock.tryAcquire(folder)).isInstanceOf(IOException.class);
        Files.delete(folder.resolve(FolderLock.FILE));
        try (FolderLock lock = FolderLock.tryAcquire(folder).orElseThrow()) {
            assertThat(lock).isNotNull();
        }
    }

    @Test
    void holder_nobodyEver_isEmpty() throws IOException {
        assertThat(FolderLock.holder(folder)).isEmpty();
    }

    private String attemptInOtherProcess() throws IOException, InterruptedException {
        Process process = SecondProcess.start("lock", folder.toString());
        String answer = firstLine(process);
        process.getOutputStream().close();
        assertThat(process.waitFor()).isZero();
        return answer;
    }

    private static String firstLine(Process process) throws IOException {
        String line =
                new BufferedReader(
                                new InputStreamReader(
                                        process.getInputStream(), StandardCharsets.UTF_8))
                        .readLine();
        return line == null ? "nothing" : line;
    }
}

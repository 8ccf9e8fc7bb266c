package dev.mapsovereign.base.error;

import java.net.ConnectException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;

/** Why a file or a connection could not be used, in words for the person who named it. */
public final class IoReason {
    private IoReason() {}

    /**
     * The reason alone; the caller says which file and what was tried. Java's own message is often
     * no more than the path.
     */
    public static String of(Exception failure) {
        return switch (failure) {
            case NoSuchFileException absent -> "no such file or folder";
            case AccessDeniedException denied -> "not permitted to this user";
            case FileAlreadyExistsException there -> "it is there already";
            case NotDirectoryException other -> "not a folder";
            case ConnectException nobody when nobody.getMessage() == null ->
                    "nothing listens there";
            case FileSystemException other when other.getReason() != null ->
                    String.valueOf(other.getReason());
            default ->
                    failure.getMessage() == null
                            ? failure.getClass().getSimpleName()
                            : failure.getMessage();
        };
    }
}

using ArraylakeFs.Storage;

namespace ArraylakeFs.Sessions;

/// <summary>Where in a local repository sessions leave what is theirs. Staged bytes are there: on the file system of a local repository, so that a commit can rename them into it.</summary>
public static class StagingFolders
{
    private const string Name = "staging", ClaimsName = "sessions";

    /// <summary>Removes the staged bytes and the claims of all sessions from a repository that is to be deleted.</summary>
    public static void RemoveAll(ILocalObjects repository)
    {
        foreach (string folder in (string[])[InRepository(repository), Claims(repository)])
        {
            if (Directory.Exists(folder))
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>The folder of one session. One that changes nothing makes none in the repository, but looks into the one that is there.</summary>
    internal static string Of(SessionSettings settings, ILocalObjects? repository, string sessionId)
    {
        string? local = repository is null ? null : Path.Combine(InRepository(repository), sessionId);
        return local is not null && (!settings.ReadOnly || Directory.Exists(local)) ? local : Path.Combine(settings.Folder, Name);
    }

    /// <summary>The folder of the staging folders of all sessions.</summary>
    internal static string InRepository(ILocalObjects repository) => Path.Combine(Own(repository), Name);

    /// <summary>The folder of all sessions' claims.</summary>
    internal static string Claims(ILocalObjects repository) => Path.Combine(Own(repository), ClaimsName);

    private static string Own(ILocalObjects repository)
    {
        string own = Path.Combine(repository.Root, ObjectKey.PrivateDirectory);
        return new DirectoryInfo(own).LinkTarget is { } target
            ? throw new SessionException(Errno.InputOutput, $"{own} is a symbolic link to {target}, and links out of a repository are not followed: remove it")
            : own;
    }
}

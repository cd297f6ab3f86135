namespace ArraylakeFs.Contract;

/// <summary>A new repository in a local folder that is mounted, with a kernel or without, and has nothing in it.</summary>
internal interface IMounted : IAsyncDisposable
{
    /// <summary>The files of the mount; others after <see cref="ReopenAsync"/>.</summary>
    IFiles Files { get; }

    /// <summary>The repository's folder.</summary>
    string Repository { get; }

    /// <summary>The same files for another thread.</summary>
    IFiles FilesOfAnother();

    /// <summary>Unmounts and mounts again.</summary>
    Task ReopenAsync();
}

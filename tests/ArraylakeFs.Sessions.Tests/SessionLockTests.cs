namespace ArraylakeFs.Sessions.Tests;

/// <summary>One session is open in one place.</summary>
public sealed class SessionLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-lock-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A repository is deleted with its sessions, or with none of them.</summary>
    [Fact]
    public void The_sessions_of_a_repository_are_removed_unless_one_is_in_use()
    {
        string[] folders = [.. new[] { "a", "b", "of another" }.Select(name => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName)];
        foreach (string folder in folders)
        {
            using var journal = Journal.Open(Path.Combine(folder, Journal.FileName));
            journal.Record(j => j.PutValue(Session.RepositoryKey, folder == folders[2] ? "another" : "this"));
        }

        foreach (string used in folders[..2])
        {
            using (SessionLock.Take(used))
            {
                Assert.Throws<SessionInUseException>(() => SessionFolders.RemoveAll(_folder, "this"));
                Assert.All(folders, folder => Assert.True(Directory.Exists(folder)));
            }
        }

        SessionFolders.RemoveAll(_folder, "this");
        Assert.Equal([folders[2]], Directory.GetDirectories(_folder));
    }

    [Fact]
    public void The_second_to_open_a_session_is_told_who_has_it()
    {
        using (SessionLock.Take(_folder))
        {
            var error = Assert.Throws<SessionInUseException>(() => SessionLock.Take(_folder));
            Assert.Equal(Errno.Busy, error.Errno);
            Assert.Contains($"process {Environment.ProcessId}", error.Message, StringComparison.Ordinal);
        }

        SessionLock.Take(_folder).Dispose();
    }
}

namespace ArraylakeFs.Sessions.Tests;

/// <summary>One session is open in one place.</summary>
public sealed class SessionLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("arraylakefs-lock-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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

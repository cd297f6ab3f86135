using System.Globalization;

namespace ArraylakeFs.Sessions;

/// <summary>Keeps a session to one process. The kernel gives the lock back when the process ends, however it ends.</summary>
internal sealed class SessionLock : IDisposable
{
    private const int WouldBlock = 11;

    private readonly FileStream _file;

    private SessionLock(FileStream file) => _file = file;

    /// <summary>Takes the lock of the session in <paramref name="folder"/>. EBUSY, naming the process that has it.</summary>
    public static SessionLock Take(string folder)
    {
        string owner = Path.Combine(folder, "owner");
        FileStream file;
        try
        {
            file = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock && File.Exists(owner))
        {
            throw new SessionInUseException(
                $"the session in {folder} is in use by process {File.ReadAllText(owner)}; unmount it there, or name another session", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Errors.Of(e, $"the session in {folder} cannot be locked");
        }

        try
        {
            File.WriteAllText(owner, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new SessionLock(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            throw Errors.Of(e, $"the session in {folder} cannot be locked");
        }
    }

    public void Dispose() => _file.Dispose();
}

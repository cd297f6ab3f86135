namespace Native.Fuse;

/// <summary>The control file system of FUSE below <c>/sys/fs/fuse/connections</c>, where it is mounted.</summary>
public static class FuseConnections
{
    /// <summary>
    /// Ends a connection by force: every waiting caller gets ECONNABORTED, every reader of the device too. The number is the minor device
    /// number of the mount, as /proc/self/mountinfo shows it. False if fusectl is not mounted, the number unknown or the right missing.
    /// </summary>
    public static bool TryAbort(uint connection)
    {
        try
        {
            var path = $"/sys/fs/fuse/connections/{connection}/abort";
            if (!File.Exists(path))
            {
                return false;
            }

            File.WriteAllText(path, "1");
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

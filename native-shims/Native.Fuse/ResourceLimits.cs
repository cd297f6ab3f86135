namespace Native.Fuse;

/// <summary>What this process may use.</summary>
public static unsafe class ResourceLimits
{
    /// <summary>Raises the number of open files to the hard limit, and returns it. Failing leaves it as it is.</summary>
    public static ulong RaiseOpenFiles()
    {
        LibC.ResourceLimit limit;
        if (LibC.GetLimit(LibC.OpenFilesLimit, &limit) != 0)
        {
            return 0;
        }

        var wanted = limit with { Soft = limit.Hard };
        return LibC.SetLimit(LibC.OpenFilesLimit, &wanted) == 0 ? wanted.Soft : limit.Soft;
    }
}

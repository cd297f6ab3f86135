using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>struct iovec: memory that the kernel reads or writes.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly unsafe struct IoVector(void* start, nuint length)
{
    /// <summary>Where it begins.</summary>
    public readonly void* Start = start;

    /// <summary>How many bytes it has.</summary>
    public readonly nuint Length = length;
}

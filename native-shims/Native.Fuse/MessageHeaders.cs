using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>fuse_in_header, 40 bytes: begins every request. <paramref name="Length"/> counts the whole message.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseInHeader(
    uint Length, FuseOpcode Opcode, ulong Unique, ulong NodeId, uint UserId, uint GroupId, uint ProcessId,
    ushort ExtensionLength, ushort Padding);

/// <summary>
/// fuse_out_header, 16 bytes: begins every reply. <paramref name="Error"/> is 0 or a negated errno; with
/// <paramref name="Unique"/> 0 it is a <see cref="FuseNotification"/>.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly record struct FuseOutHeader(uint Length, int Error, ulong Unique);

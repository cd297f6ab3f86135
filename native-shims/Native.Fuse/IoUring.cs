using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Native.Fuse;

/// <summary>
/// An io_uring(7) with submission entries of 128 bytes, as FUSE wants them. It belongs to the thread that made it: no other may call anything here.
/// </summary>
public sealed unsafe class IoUring : IDisposable
{
    private const nint SetupCall = 425, EnterCall = 426; // the same on every architecture
    private const uint LongEntries = 1 << 10, SingleIssuer = 1 << 12, DeferredWork = 1 << 13; // IORING_SETUP_SQE128, _SINGLE_ISSUER, _DEFER_TASKRUN
    private const uint OneMapping = 1; // IORING_FEAT_SINGLE_MMAP, Linux 5.4
    private const uint GetEvents = 1; // IORING_ENTER_GETEVENTS
    private const nint EntriesOffset = 0x10000000; // IORING_OFF_SQES
    private const int ReadWrite = 3, SharedPopulated = 0x8001; // PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE
    private const int EntryBytes = 128, CompletionBytes = 16;

    private readonly FileDescriptor _descriptor;
    private readonly byte* _rings;
    private readonly byte* _entries;
    private readonly nuint _ringsBytes, _entriesBytes;
    private readonly RingOffsets _submission, _completion;
    private uint _filled;

    private IoUring(FileDescriptor descriptor, in Parameters parameters)
    {
        _descriptor = descriptor;
        (_submission, _completion) = (parameters.Submission, parameters.Completion);
        _ringsBytes = Math.Max(
            parameters.Submission.Last + (parameters.SubmissionEntries * sizeof(uint)), // the indices
            parameters.Completion.Events + (parameters.CompletionEntries * CompletionBytes));
        _entriesBytes = parameters.SubmissionEntries * EntryBytes;
        _rings = Map(_ringsBytes, 0);
        _entries = Map(_entriesBytes, EntriesOffset);
        for (uint i = 0; i < parameters.SubmissionEntries; i++)
        {
            *(uint*)(_rings + parameters.Submission.Last + (i * sizeof(uint))) = i;
        }
    }

    /// <summary>Makes a ring for that many entries, a power of 2.</summary>
    /// <exception cref="IOException">The kernel is too old or forbids it; <see cref="Exception.HResult"/> is the errno.</exception>
    public static IoUring Create(uint entries)
    {
        Parameters parameters = default;
        parameters.Flags = LongEntries | SingleIssuer | DeferredWork;
        var fd = LibC.SystemCall(SetupCall, (nint)entries, (nint)(&parameters), 0, 0, 0, 0);
        if (fd < 0)
        {
            throw FuseDevice.LastError("io_uring_setup");
        }

        var descriptor = new FileDescriptor((int)fd);
        if ((parameters.Features & OneMapping) == 0)
        {
            descriptor.Dispose();
            throw new IOException("io_uring: this kernel is too old", LinuxError.NotSupported);
        }

        try
        {
            return new IoUring(descriptor, parameters);
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>Whether rings can be made here: containers often forbid it, and so does <c>kernel.io_uring_disabled</c>.</summary>
    public static bool IsAllowed()
    {
        try
        {
            Create(1).Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>
    /// Prepares a command (IORING_OP_URING_CMD) for the next <see cref="Enter"/>. Never more at a time than the ring has entries.
    /// </summary>
    /// <param name="file">Whose command it is.</param>
    /// <param name="operation">The command.</param>
    /// <param name="address">What it works on.</param>
    /// <param name="length">How much of it.</param>
    /// <param name="command">Up to 80 bytes for the file's own use.</param>
    public void Prepare<T>(FileDescriptor file, uint operation, void* address, uint length, in T command)
        where T : unmanaged
    {
        const byte UringCommand = 46;
        var tail = *(uint*)(_rings + _submission.Tail);
        var entry = _entries + ((tail & *(uint*)(_rings + _submission.Mask)) * EntryBytes);
        new Span<byte>(entry, EntryBytes).Clear();
        *entry = UringCommand;
        *(int*)(entry + 4) = file.Number;
        *(uint*)(entry + 8) = operation;
        *(void**)(entry + 16) = address;
        *(uint*)(entry + 24) = length;
        *(T*)(entry + 48) = command;
        Volatile.Write(ref *(uint*)(_rings + _submission.Tail), tail + 1);
        _filled++;
    }

    /// <summary>Hands over what was prepared and, if asked to, waits until something is complete. Returns 0 or the errno.</summary>
    public int Enter(bool wait)
    {
        var submitted = LibC.SystemCall(EnterCall, _descriptor.Number, (nint)_filled, wait ? 1 : 0, (nint)GetEvents, 0, 0);
        if (submitted < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        _filled -= (uint)submitted;
        return 0;
    }

    /// <summary>Takes the result of one command: 0 or above, or a negated errno. False if none is complete.</summary>
    public bool TryTake(out int result)
    {
        result = 0;
        var head = *(uint*)(_rings + _completion.Head);
        if (head == Volatile.Read(ref *(uint*)(_rings + _completion.Tail)))
        {
            return false;
        }

        var at = _rings + _completion.Events + ((head & *(uint*)(_rings + _completion.Mask)) * CompletionBytes);
        result = *(int*)(at + sizeof(ulong));
        Volatile.Write(ref *(uint*)(_rings + _completion.Head), head + 1);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = LibC.Unmap(_entries, _entriesBytes);
        _ = LibC.Unmap(_rings, _ringsBytes);
        _descriptor.Dispose();
    }

    private byte* Map(nuint bytes, nint offset)
    {
        var start = LibC.Map(null, bytes, ReadWrite, SharedPopulated, _descriptor.Number, offset);
        return (nint)start != -1 ? (byte*)start : throw FuseDevice.LastError("io_uring: mmap");
    }

    /// <summary>
    /// io_sqring_offsets and io_cqring_offsets: where things are in the mapping. The two differ in the meaning of their last fields.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RingOffsets
    {
        public uint Head, Tail, Mask, Entries, FlagsOrOverflow, Events, Last, Reserved;
        public ulong UserAddress;
    }

    /// <summary>io_uring_params, 120 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Parameters
    {
        public uint SubmissionEntries, CompletionEntries, Flags, ThreadCpu, ThreadIdle, Features, WorkQueue;
        public Reserved3 Reserved;
        public RingOffsets Submission, Completion;
    }

    [InlineArray(3)]
    private struct Reserved3
    {
        private uint _first;
    }
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests.Doubles;

/// <summary>
/// A kernel without a kernel: one thread gets the same round of requests again and again (lookup, getattr, open, read, release, forget),
/// the others get nothing. Counts what that thread allocated in the rounds behind the warm-up.
/// </summary>
internal sealed class LoopChannel(byte[] name, int warmUpRounds, int rounds) : IFuseChannel
{
    private const int StepsPerRound = 6;

    private readonly ManualResetEventSlim _end = new();
    private int _driver;
    private int _step;
    private long _allocatedBefore;
    private ulong _node;
    private ulong _handle;

    public long AllocatedBytes { get; private set; } = -1;

    public long BytesRead { get; private set; }

    public TimeSpan Elapsed { get; private set; }

    private System.Diagnostics.Stopwatch Watch { get; } = new();

    public int Read(Span<byte> buffer)
    {
        var me = Environment.CurrentManagedThreadId;
        if (Interlocked.CompareExchange(ref _driver, me, 0) is not 0 and var other && other != me)
        {
            _end.Wait();
            return -LinuxError.NoDevice;
        }

        var step = _step++;
        if (step == warmUpRounds * StepsPerRound)
        {
            Watch.Start();
            _allocatedBefore = GC.GetAllocatedBytesForCurrentThread();
        }
        else if (step == (warmUpRounds + rounds) * StepsPerRound)
        {
            AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - _allocatedBefore;
            Elapsed = Watch.Elapsed;
            _end.Set();
            return -LinuxError.NoDevice;
        }

        return (step % StepsPerRound) switch
        {
            0 => Request(buffer, FuseOpcode.Lookup, 1, name),
            1 => Request(buffer, FuseOpcode.GetAttr, _node, default(FuseGetAttrIn)),
            2 => Request(buffer, FuseOpcode.Open, _node, default(FuseOpenIn)),
            3 => Request(buffer, FuseOpcode.Read, _node, new FuseReadIn(_handle, 0, 65536, 0, 0, 0, 0)),
            4 => Request(buffer, FuseOpcode.Release, _node, new FuseReleaseIn(_handle, 0, 0, 0)),
            _ => Request(buffer, FuseOpcode.Forget, _node, new FuseForgetIn(1)),
        };
    }

    public int Write(ReadOnlySpan<byte> message)
    {
        var header = MemoryMarshal.Read<FuseOutHeader>(message);
        if (header.Error != 0)
        {
            return LinuxError.Invalid;
        }

        switch ((_step - 1) % StepsPerRound)
        {
            case 0:
                _node = MemoryMarshal.Read<FuseEntryOut>(message[16..]).NodeId;
                break;
            case 2:
                _handle = MemoryMarshal.Read<FuseOpenOut>(message[16..]).Handle;
                break;
            case 3:
                BytesRead += message.Length - 16;
                break;
        }

        return 0;
    }

    public FuseDevice? Device => null;

    public int OpenBacking(SafeHandle file) => -LinuxError.NotSupported;

    public void CloseBacking(int id)
    {
    }

    public IFuseChannel? TryClone() => null;

    public void Dispose() => _end.Dispose();

    private int Request<T>(Span<byte> buffer, FuseOpcode opcode, ulong node, in T arguments)
        where T : unmanaged
    {
        MemoryMarshal.Write(buffer[40..], arguments);
        return Finish(buffer, opcode, node, Unsafe.SizeOf<T>());
    }

    private int Request(Span<byte> buffer, FuseOpcode opcode, ulong node, byte[] arguments)
    {
        arguments.CopyTo(buffer[40..]);
        return Finish(buffer, opcode, node, arguments.Length);
    }

    private int Finish(Span<byte> buffer, FuseOpcode opcode, ulong node, int bytes)
    {
        MemoryMarshal.Write(buffer, new FuseInHeader((uint)(40 + bytes), opcode, (ulong)_step, node, 0, 0, 1, 0, 0));
        return 40 + bytes;
    }
}

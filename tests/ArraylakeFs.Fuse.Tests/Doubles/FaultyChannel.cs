using System.Runtime.InteropServices;
using Native.Fuse;

namespace ArraylakeFs.Fuse.Tests.Doubles;

/// <summary>A channel whose writes fail with <see cref="Refusal"/> while that is not 0.</summary>
internal sealed class FaultyChannel(IFuseChannel inner) : IFuseChannel
{
    private volatile int _refusal;
    private int _refused;
    private bool _isDisposed;

    public int Refusal
    {
        get => _refusal;
        set => _refusal = value;
    }

    public int Refused => Volatile.Read(ref _refused);

    public FuseDevice? Device => null;

    public int Read(Span<byte> buffer) => inner.Read(buffer);

    public int Write(ReadOnlySpan<byte> message)
    {
        var refusal = _refusal;
        if (refusal == 0)
        {
            return inner.Write(message);
        }

        Interlocked.Increment(ref _refused);
        return refusal;
    }

    /// <summary>What registrations of backing files are answered: an id, or a negated errno.</summary>
    public int BackingAnswer { get; set; } = -LinuxError.NotSupported;

    /// <summary>How often one was asked for.</summary>
    public int BackingAsked { get; private set; }

    public int OpenBacking(SafeHandle file)
    {
        BackingAsked++;
        return BackingAnswer;
    }

    public void CloseBacking(int id) => ObjectDisposedException.ThrowIf(_isDisposed, this);

    public IFuseChannel? TryClone() => null;

    public void Dispose()
    {
        _isDisposed = true;
        inner.Dispose();
    }
}

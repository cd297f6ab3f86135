using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ArraylakeFs.Sessions;
using Native.Fuse;

namespace ArraylakeFs.Fuse;

/// <summary>
/// One request with the memory for its arguments and its reply, reused from request to request. It travels with the operation: whoever
/// completes the operation replies here, exactly once, and the memory stays untouched by others until then.
/// </summary>
/// <remarks>
/// Layout of the native block, page aligned: [0, 3072) a small reply; [4096, end) the request as read. A large reply's payload begins at
/// 8192 with its header just before, so that it is one write(2) without copying: requests with large replies have less than 4000 bytes of
/// arguments, and requests with much data have small replies.
/// <para>
/// Of a request that comes by a ring the kernel puts the payload (names, data) to 8192, where it takes the reply's payload from, and all else to
/// 3072. A short request is then moved to 4096, out of the way of its reply; a long one, whose reply is small, is completed just before its data.
/// </para>
/// </remarks>
internal sealed unsafe class FuseRequest : MemoryManager<byte>
{
    private const int RequestStart = Limits.PageBytes;
    private const int RingHeaderStart = RequestStart - 1024;
    private const int RingMemoryStart = RequestStart - 512;
    private const int PayloadStart = 2 * Limits.PageBytes;
    private const int TotalBytes = RequestStart + Limits.ArgumentBytes + Limits.DataBytes;

    private readonly byte* _memory = (byte*)NativeMemory.AlignedAlloc(TotalBytes, Limits.PageBytes);
    private readonly char[] _names = new char[2 * Limits.NameBytes];
    private bool _freed;
    private int _start = RequestStart;
    private int _namesUsed;
    private int _position;
    private int _end;

    /// <summary>Memory for one request after the other; <paramref name="ring"/>: for those that come by this ring.</summary>
    public FuseRequest(RingWorker? ring = null)
    {
        Ring = ring;
        Sink = new DirectorySink();
        if (ring is not null)
        {
            RingMemory[0] = new IoVector(RingHeader, (nuint)sizeof(FuseRingHeader));
            RingMemory[1] = new IoVector(_memory + PayloadStart, Limits.DataBytes);
        }
    }

    /// <summary>The ring that the request came by, whose worker takes the reply from here; null if it was read from <see cref="Channel"/>.</summary>
    public RingWorker? Ring { get; }

    /// <summary>Where the request was read from and its reply belongs; null if it came by a ring.</summary>
    public IFuseChannel? Channel { get; private set; }

    /// <summary>What the kernel and a ring's worker tell one another.</summary>
    public FuseRingHeader* RingHeader => (FuseRingHeader*)(_memory + RingHeaderStart);

    /// <summary>The two pieces of memory for a ring's requests and replies, as the kernel wants to be told of them.</summary>
    public IoVector* RingMemory => (IoVector*)(_memory + RingMemoryStart);

    /// <summary>The header as the kernel wrote it.</summary>
    public ref readonly FuseInHeader Header => ref *(FuseInHeader*)(_memory + _start);

    /// <summary>The node that the request is about.</summary>
    public ulong Node => Header.NodeId;

    /// <summary>Whether a reply was written, or none is due.</summary>
    public bool Replied { get; private set; }

    /// <summary>What the reply said; for the trace.</summary>
    public FuseOutHeader Reply { get; private set; }

    /// <summary>The listing under construction, for READDIR and READDIRPLUS.</summary>
    public DirectorySink Sink { get; }

    /// <summary>Where the next request is read into.</summary>
    public Span<byte> Incoming => new(_memory + RequestStart, TotalBytes - RequestStart);

    /// <summary>Bytes of arguments not taken yet.</summary>
    public int Remaining => _end - _position;

    /// <summary>Ready for the request of <paramref name="length"/> bytes just read; false if its lengths contradict each other.</summary>
    public bool TryBegin(IFuseChannel channel, int length)
    {
        Channel = channel;
        return TryBegin(length);
    }

    /// <summary>Ready for the request that the kernel just put into a ring's memory; false if its lengths contradict each other.</summary>
    public bool TryBeginFromRing()
    {
        var length = (int)Math.Min(((FuseInHeader*)&RingHeader->Header)->Length, int.MaxValue);
        var payload = (int)Math.Min(RingHeader->Entry.PayloadLength, Limits.DataBytes);
        var before = length - payload;
        if (before < sizeof(FuseInHeader) || before > sizeof(FuseInHeader) + sizeof(FuseRingPart))
        {
            // Answered with what its header says, if that is all that can be made of it.
            (_start, Replied) = (RequestStart, false);
            *(FuseInHeader*)(_memory + RequestStart) = *(FuseInHeader*)&RingHeader->Header;
            return false;
        }

        var isShort = length <= Limits.PageBytes;
        _start = isShort ? RequestStart : PayloadStart - before;
        *(FuseInHeader*)(_memory + _start) = *(FuseInHeader*)&RingHeader->Header;
        new ReadOnlySpan<byte>(&RingHeader->Argument, before - sizeof(FuseInHeader)).CopyTo(new(_memory + _start + sizeof(FuseInHeader), before));
        if (isShort)
        {
            new ReadOnlySpan<byte>(_memory + PayloadStart, payload).CopyTo(new(_memory + _start + before, payload));
        }

        return TryBegin(length);
    }

    /// <summary>The next argument struct.</summary>
    public ref readonly T Take<T>()
        where T : unmanaged
    {
        if (Remaining < sizeof(T))
        {
            throw new InvalidDataException("The request ends inside its arguments.");
        }

        var start = _memory + _position;
        _position += sizeof(T);
        return ref Unsafe.AsRef<T>(start);
    }

    /// <summary>The argument struct right behind the header, taken or not.</summary>
    public ref readonly T First<T>()
        where T : unmanaged => ref Unsafe.AsRef<T>(_memory + _start + sizeof(FuseInHeader));

    /// <summary>Whether the next string is this one; takes nothing.</summary>
    public bool PeekIs(ReadOnlySpan<byte> text)
    {
        var rest = new ReadOnlySpan<byte>(_memory + _position, Remaining);
        return rest.StartsWith(text) && rest.Length > text.Length && rest[text.Length] == 0;
    }

    /// <summary>INIT's argument, of which older kernels send only the first fields: the others are zero.</summary>
    public FuseInitIn TakeInit()
    {
        FuseInitIn init = default;
        var bytes = new Span<byte>(_memory + _position, Math.Min(Remaining, sizeof(FuseInitIn)));
        bytes.CopyTo(new Span<byte>(&init, sizeof(FuseInitIn)));
        return init;
    }

    /// <summary>The bytes up to the next NUL, which is taken too.</summary>
    public ReadOnlySpan<byte> TakeString()
    {
        var rest = new ReadOnlySpan<byte>(_memory + _position, Remaining);
        var length = rest.IndexOf((byte)0);
        if (length < 0)
        {
            throw new InvalidDataException("A name in the request does not end.");
        }

        _position += length + 1;
        return rest[..length];
    }

    /// <summary>
    /// The next file name as UTF-16, valid until the reply. Errors: NameTooLong above 255 bytes, IllegalSequence if it is
    /// not UTF-8, Invalid if empty.
    /// </summary>
    public Errno TakeName(out ReadOnlySpan<char> name)
    {
        name = default;
        var bytes = TakeString();
        if (bytes.Length is 0 or > Limits.NameBytes)
        {
            return bytes.IsEmpty ? Errno.Invalid : Errno.NameTooLong;
        }

        var room = _names.AsSpan(_namesUsed);
        if (System.Text.Unicode.Utf8.ToUtf16(bytes, room, out _, out var written, replaceInvalidSequences: false) != OperationStatus.Done)
        {
            return Errno.IllegalSequence;
        }

        name = room[..written];
        _namesUsed += written;
        return Errno.None;
    }

    /// <summary>The data behind the arguments of a WRITE.</summary>
    public ReadOnlyMemory<byte> TakeData(int length)
    {
        if (length > Remaining)
        {
            throw new InvalidDataException("A WRITE carries less data than it says.");
        }

        var data = CreateMemory(_position, length);
        _position += length;
        return data;
    }

    /// <summary>The memory for a large reply, at most <paramref name="size"/> bytes.</summary>
    public Memory<byte> Payload(uint size) => CreateMemory(PayloadStart, PayloadLength(size));

    /// <summary>The same memory as a span.</summary>
    public Span<byte> PayloadSpan(uint size) => new(_memory + PayloadStart, PayloadLength(size));

    /// <summary>Replies with the first <paramref name="length"/> bytes of the payload. False if the caller is gone.</summary>
    public bool ReplyPayload(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, Limits.DataBytes);
        return Send(_memory + PayloadStart - sizeof(FuseOutHeader), length, 0);
    }

    /// <summary>Replies with a struct. False if the caller is gone.</summary>
    public bool ReplyStruct<T>(in T value)
        where T : unmanaged
    {
        *(T*)(_memory + sizeof(FuseOutHeader)) = value;
        return Send(_memory, sizeof(T), 0);
    }

    /// <summary>Replies with two structs, one behind the other. False if the caller is gone.</summary>
    public bool ReplyStructs<TFirst, TSecond>(in TFirst first, in TSecond second)
        where TFirst : unmanaged
        where TSecond : unmanaged
    {
        *(TFirst*)(_memory + sizeof(FuseOutHeader)) = first;
        *(TSecond*)(_memory + sizeof(FuseOutHeader) + sizeof(TFirst)) = second;
        return Send(_memory, sizeof(TFirst) + sizeof(TSecond), 0);
    }

    /// <summary>Replies with success, or an error, and nothing else. Returns true, the state "done".</summary>
    public bool ReplyStatus(Errno errno)
    {
        // The kernel takes 1 to 511 only, and would leave the caller waiting for anything else.
        var number = (int)errno is >= 0 and < 512 ? (int)errno : (int)Errno.InputOutput;
        _ = Send(_memory, 0, -number);
        return true;
    }

    /// <summary>Nothing is to be answered. Returns true, the state "done".</summary>
    public bool ReplyNothing()
    {
        Replied = true;
        Reply = default;
        return true;
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan() => new(_memory, TotalBytes);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_memory + elementIndex);

    /// <inheritdoc/>
    public override void Unpin()
    {
    }

    /// <summary>Gives the native memory back.</summary>
    public void Free() => ((IDisposable)this).Dispose();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!_freed)
        {
            _freed = true;
            NativeMemory.AlignedFree(_memory);
        }
    }

    private static int PayloadLength(uint size) => (int)Math.Min(size, Limits.DataBytes);

    private bool TryBegin(int length)
    {
        Replied = false;
        _namesUsed = 0;
        if (length < sizeof(FuseInHeader) || Header.Length != length || Header.ExtensionLength * 8 > length - sizeof(FuseInHeader))
        {
            return false;
        }

        _position = _start + sizeof(FuseInHeader);
        _end = _start + length - (Header.ExtensionLength * 8);
        return true;
    }

    private bool Send(byte* start, int length, int error)
    {
        if (Replied)
        {
            throw new InvalidOperationException("A request is answered once.");
        }

        Reply = new FuseOutHeader((uint)(sizeof(FuseOutHeader) + length), error, Header.Unique);
        *(FuseOutHeader*)start = Reply;
        // A refusal is final: ENOENT and ENODEV say that nobody waits, and the kernel itself fails a request whose reply it cannot use.
        Replied = true;
        if (Channel is not null)
        {
            return Channel.Write(new ReadOnlySpan<byte>(start, sizeof(FuseOutHeader) + length)) == 0;
        }

        *(FuseOutHeader*)&RingHeader->Header = Reply;
        RingHeader->Entry = RingHeader->Entry with { PayloadLength = (uint)length };
        if (start == _memory)
        {
            new ReadOnlySpan<byte>(_memory + sizeof(FuseOutHeader), length).CopyTo(new(_memory + PayloadStart, length));
        }

        return true; // a ring's request waits for its reply, whatever becomes of the caller
    }
}

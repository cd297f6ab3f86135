using System.Text;
using ArraylakeFs.Sessions;

namespace ArraylakeFs.FileSystem.Inodes;

/// <summary>
/// A control file, in the manner of sysfs: opening it for reading makes its text, which stays the same for that open; one write is one
/// command, whose result is the errno of the write. Nothing of it is cached, and its size reads as 0. One open is good for one command:
/// the shell's own printf and echo write line by line, and what follows the first line must not pass for the next command.
/// </summary>
internal sealed class TextInode(ulong inodeNumber, long modifiedNs, Mounter mounter) : FileInode
{
    /// <summary>
    /// The longest command, in bytes: a commit message of several pages. Less than the longest request of any kernel (128 KiB), which
    /// cuts a longer write into pieces: the first piece must not be taken for the command.
    /// </summary>
    private const int MaxCommandBytes = 1 << 16;

    private const int ExcerptLength = 60;
    private const uint OwnerReads = 0b100_000_000, OwnerWrites = 0b010_000_000;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>What a read shows; null: not readable.</summary>
    public Func<Task<string>>? Read { get; init; }

    /// <summary>What a write does; null: not writable. It gets the written text without one trailing newline.</summary>
    public Func<string, Task>? Write { get; init; }

    /// <summary>How long its name may be believed; by default it is always there.</summary>
    public TimeSpan NameLifetime { get; init; } = Lifetimes.Forever;

    public override TimeSpan Lifetime => NameLifetime;

    public override Attributes Attributes => mounter.File(
        inodeNumber, 0, modifiedNs, (Read is null ? 0 : OwnerReads) | (Write is null ? 0 : OwnerWrites));

    public override ValueTask SetAttributesAsync(AttributeChange change) => default; // `> file` truncates before it writes

    protected internal override async ValueTask<OpenFile> OpenAsync(OpenFlags flags)
    {
        if (flags.HasFlag(OpenFlags.Write) && Write is null)
        {
            throw new SessionException(Errno.Access, "this file is only for reading; README says which can be written");
        }

        return new Opened(flags.HasFlag(OpenFlags.Read) && Read is not null ? Encoding.UTF8.GetBytes(await Read()) : [], this);
    }

    private sealed class Opened(byte[] text, TextInode file) : OpenFile
    {
        private string? _done;

        public override DataCaching Caching => DataCaching.Direct;

        public override ValueTask<int> ReadAsync(long offset, Memory<byte> destination)
        {
            if (offset >= text.Length)
            {
                return new(0);
            }

            int count = (int)Math.Min(destination.Length, text.Length - offset);
            text.AsSpan((int)offset, count).CopyTo(destination.Span);
            return new(count);
        }

        public override async ValueTask WriteAsync(long offset, ReadOnlyMemory<byte> source)
        {
            if (_done is not null)
            {
                throw await TooManyAsync(_done);
            }

            if (source.Length > MaxCommandBytes)
            {
                throw new SessionException(Errno.Invalid, $"a command has at most {MaxCommandBytes} bytes, this one has {source.Length}");
            }

            string command;
            try
            {
                command = Utf8.GetString(source.Span);
            }
            catch (DecoderFallbackException e)
            {
                throw new SessionException(Errno.Invalid, "the command is not valid UTF-8", e);
            }

            // Off this thread: a commit takes long, and the kernel's other requests must go on.
            string line = command.EndsWith('\n') ? command[..^1] : command;
            await Task.Run(() => file.Write!(line));
            _done = line;
        }

        private static string Excerpt(string command) => command.Length <= ExcerptLength ? command : command[..ExcerptLength] + "…";

        private async Task<SessionException> TooManyAsync(string done)
        {
            string result = file.Read is { } read ? $" (the file now says {(await read()).TrimEnd()})" : "";
            return new SessionException(Errno.Invalid,
                $"one write is one command, and only the first was carried out: '{Excerpt(done)}'{result}. What was written after it is dropped. "
                + "The shell's printf and echo write line by line: give a text of many lines in one write, as in `cat <<'EOF' > commit`, "
                + "or with `arraylakefs commit -m`");
        }
    }
}

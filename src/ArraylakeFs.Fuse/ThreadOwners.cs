using System.Buffers.Text;
using System.Collections.Concurrent;

namespace ArraylakeFs.Fuse;

/// <summary>
/// Which process a thread belongs to: the kernel says only which thread asks. Asked of <c>/proc</c> once in a while for each thread, because the
/// number of one that has ended is given to another in time.
/// </summary>
internal sealed class ThreadOwners
{
    private const int MaxThreads = 4096;
    private const long LifetimeMs = 10_000;

    private readonly ConcurrentDictionary<int, (int Process, long AskedAtMs)> _known = new();

    /// <summary>The process of a thread that waits for an answer; the thread itself where that cannot be found out.</summary>
    public int ProcessOf(int thread)
    {
        if (thread <= 0)
        {
            return 0; // of another PID namespace, or the kernel itself
        }

        var now = Environment.TickCount64;
        if (_known.TryGetValue(thread, out var known) && now - known.AskedAtMs < LifetimeMs)
        {
            return known.Process;
        }

        if (_known.Count >= MaxThreads)
        {
            _known.Clear();
        }

        var process = Ask(thread) ?? thread;
        _known[thread] = (process, now);
        return process;
    }

    private static int? Ask(int thread)
    {
        try
        {
            using var file = File.OpenHandle($"/proc/{thread}/status");
            Span<byte> start = stackalloc byte[1024];
            ReadOnlySpan<byte> text = start[..RandomAccess.Read(file, start, 0)];
            var label = "\nTgid:\t"u8;
            var index = text.IndexOf(label);
            return index >= 0 && Utf8Parser.TryParse(text[(index + label.Length)..], out int process, out _) ? process : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

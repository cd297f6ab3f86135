using System.Diagnostics;
using ArraylakeFs.FileSystem.Inodes;

namespace ArraylakeFs.FileSystem;

// What the file "metrics" says.
public abstract partial class InodeFileSystem
{
    private long _passedThroughOpens, _cachedOpens, _directOpens, _readBytes, _writtenBytes;

    /// <inheritdoc/>
    public Func<IEnumerable<Metric>>? HostMetrics { private get; set; }

    internal IEnumerable<Metric> Metrics()
    {
        const string Opens = "arraylakefs_opens_total", OpensHelp = "Files opened, by who reads and writes their bytes: the kernel on the disk by itself, "
            + "the kernel from its cache and from here, or each read(2) from here.";
        yield return new(Opens, OpensHelp, Interlocked.Read(ref _passedThroughOpens), ("data", "passthrough"));
        yield return new(Opens, OpensHelp, Interlocked.Read(ref _cachedOpens), ("data", "cached"));
        yield return new(Opens, OpensHelp, Interlocked.Read(ref _directOpens), ("data", "direct"));
        yield return new("arraylakefs_read_bytes_total", "Bytes that the kernel has asked for; none of those that it reads by itself.", Interlocked.Read(ref _readBytes));
        yield return new("arraylakefs_written_bytes_total", "Bytes that the kernel has brought; none of those that it writes by itself.", Interlocked.Read(ref _writtenBytes));
        yield return new("arraylakefs_open_files", "Files that are open.", _files.Count);
        yield return new("arraylakefs_inodes", "Files and directories that the kernel knows.", _inodes.Count);
        foreach (var (cache, bytes, _) in _repository.Caches)
        {
            yield return new("arraylakefs_cache_bytes", "Bytes kept in memory besides what is in use.", bytes, ("cache", cache));
        }

        foreach (var (cache, _, limit) in _repository.Caches)
        {
            yield return new("arraylakefs_cache_limit_bytes", "Bytes that may be kept (mount --cache-size).", limit, ("cache", cache));
        }

        foreach (var metric in HostMetrics?.Invoke() ?? [])
        {
            yield return metric;
        }

        using var process = Process.GetCurrentProcess();
        yield return new("process_resident_memory_bytes", "Memory of the daemon.", process.WorkingSet64);
        yield return new("process_cpu_seconds_total", "Processor time of the daemon.", process.TotalProcessorTime.TotalSeconds);
    }

    private protected int Counted(int readBytes)
    {
        Interlocked.Add(ref _readBytes, readBytes);
        return readBytes;
    }

    private void Count(OpenFile file) => Interlocked.Increment(ref file.BackingId != 0 ? ref _passedThroughOpens
        : ref file.Caching == DataCaching.Direct ? ref _directOpens : ref _cachedOpens);
}

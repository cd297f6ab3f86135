using ArraylakeFs.HotPaths.Tests.Paths;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace ArraylakeFs.HotPaths.Tests;

/// <summary>How long the hot paths take, and what they allocate; <see cref="AllocationTests"/> gates the latter, of the same paths.</summary>
[Config(typeof(InThisProcess))]
[MemoryDiagnoser]
public class Benchmarks : IDisposable
{
    private IHotPath? _path;

    [GlobalSetup(Target = nameof(LookupInManifest))]
    public void BeginLookup() => _path = new ManifestLookup();

    [GlobalSetup(Target = nameof(ListDirectory))]
    public void BeginListing() => _path = new DirectoryListing();

    [GlobalSetup(Target = nameof(AppendToJournal))]
    public void BeginAppending() => _path = new JournalAppend();

    [GlobalSetup(Target = nameof(ReadOpenChunk))]
    public void BeginReading() => _path = new ChunkRead();

    [GlobalSetup(Target = nameof(AnswerRequests))]
    public void BeginAnswering() => _path = new RequestDecoding();

    [Benchmark(Description = "find one of 1,000,000 references")]
    public void LookupInManifest() => _path!.Run();

    [Benchmark(Description = "list one of 100,000 names", OperationsPerInvoke = DirectoryListing.Names)]
    public void ListDirectory() => _path!.Run();

    [Benchmark(Description = "answer one request", OperationsPerInvoke = RequestDecoding.Requests)]
    public void AnswerRequests() => _path!.Run();

    [Benchmark(Description = "record a file created and renamed")]
    public void AppendToJournal() => _path!.Run();

    [Benchmark(Description = "read 64 KiB of an open chunk")]
    public void ReadOpenChunk() => _path!.Run();

    [GlobalCleanup]
    public void Dispose()
    {
        _path?.Dispose();
        _path = null;
        GC.SuppressFinalize(this);
    }

    private sealed class InThisProcess : ManualConfig
    {
        public InThisProcess() => AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance));
    }
}

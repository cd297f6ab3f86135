namespace ArraylakeFs.FileSystem.Tests;

/// <summary>Writes down what is announced to the kernel, and lets the names go as a kernel would.</summary>
internal sealed class RecordingCache(Kernel kernel) : IKernelCache
{
    public List<string> Calls { get; } = [];

    public void InvalidateNode(ulong node) => Calls.Add($"node {node}");

    public void InvalidateEntry(ulong parent, string name)
    {
        Calls.Add($"entry {name}");
        kernel.DropName(parent, name);
    }

    public Task<bool> PruneAsync(ulong[] nodes) => Task.FromResult(true);

    public void InvalidateAllEntries()
    {
        Calls.Add("all entries");
        kernel.DropCaches();
    }

    /// <summary>What happens, once, while a call waits for the kernel.</summary>
    public Action? WhileWaiting { get; set; }

    public ValueTask DrainAsync()
    {
        var happens = WhileWaiting;
        WhileWaiting = null;
        happens?.Invoke();
        Calls.Add("drain");
        return default;
    }
}

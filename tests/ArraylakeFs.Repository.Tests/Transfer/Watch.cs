using ArraylakeFs.Repository.Transfer;

namespace ArraylakeFs.Repository.Tests.Transfer;

/// <summary>Looks at progress as it is made; meanwhile no other thread gets further than to its next report.</summary>
internal sealed class Watch(Action<TransferProgress> look) : IProgress<TransferProgress>
{
    private readonly Lock _lock = new();

    public void Report(TransferProgress value)
    {
        lock (_lock)
        {
            look(value);
        }
    }
}

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>Something that is done for every request, chunk or name, with all that it needs around it.</summary>
public interface IHotPath : IDisposable
{
    /// <summary>Does it, on this thread.</summary>
    void Run();
}

namespace ArraylakeFs.HotPaths.Tests.Paths;

/// <summary>Hot paths wait for nothing.</summary>
internal static class AtOnce
{
    /// <summary>What a call answers that has completed when it returns.</summary>
    public static T Result<T>(ValueTask<T> call) => call.IsCompleted ? call.Result : throw new InvalidOperationException("it waits for something");
}

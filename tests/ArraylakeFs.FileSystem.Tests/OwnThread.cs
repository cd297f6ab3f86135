namespace ArraylakeFs.FileSystem.Tests;

/// <summary>A thread for work that blocks, so that others need not wait for one of the pool's.</summary>
internal static class OwnThread
{
    public static Task Run(Action action) => Task.Factory.StartNew(action, default, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}

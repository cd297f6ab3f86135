namespace ArraylakeFs.Storage.Tests;

/// <summary>Who puts objects before what refers to them, and who removes what nothing refers to, wait for each other.</summary>
public sealed class HousekeepingLockTests : IDisposable
{
    private const int LongEnoughMs = 100; // for what must not happen; if it did, it would at once

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Housekeeping_waits_for_those_inside_and_those_who_come_later_for_it()
    {
        LocalObjectStore first = Open(), second = Open(), cleaner = Open();
        var held = await first.HoldOffHousekeepingAsync(default);
        (await second.HoldOffHousekeepingAsync(default)).Dispose(); // many at once

        var begin = cleaner.BeginHousekeepingAsync(default).AsTask();
        await Task.Delay(LongEnoughMs);
        Assert.False(begin.IsCompleted);
        (await first.HoldOffHousekeepingAsync(default)).Dispose(); // within one another: else both would wait for ever
        var late = second.HoldOffHousekeepingAsync(default).AsTask();
        await Task.Delay(LongEnoughMs);
        Assert.False(late.IsCompleted || begin.IsCompleted);

        held.Dispose();
        var begun = await begin;
        await Task.Delay(LongEnoughMs);
        Assert.False(late.IsCompleted);
        begun.Dispose();
        (await late).Dispose();
    }

    [Fact]
    public async Task Writers_who_come_one_after_the_other_without_a_gap_do_not_keep_housekeeping_waiting()
    {
        using var done = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            var store = Open();
            while (!done.IsCancellationRequested)
            {
                using var held = await store.HoldOffHousekeepingAsync(default);
                await Task.Delay(5);
            }
        })).ToArray();
        for (var i = 0; i < 5; i++)
        {
            (await Open().BeginHousekeepingAsync(default)).Dispose();
        }

        await done.CancelAsync();
        await Task.WhenAll(writers);
    }

    [Fact]
    public async Task Housekeeping_that_gives_up_leaves_the_door_open()
    {
        LocalObjectStore first = Open(), cleaner = Open();
        using (await first.HoldOffHousekeepingAsync(default))
        {
            using var impatience = new CancellationTokenSource(LongEnoughMs);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cleaner.BeginHousekeepingAsync(impatience.Token).AsTask());
            (await Open().HoldOffHousekeepingAsync(default)).Dispose();
        }

        (await cleaner.BeginHousekeepingAsync(default)).Dispose();
    }

    private LocalObjectStore Open() => new(_directory.Path);
}

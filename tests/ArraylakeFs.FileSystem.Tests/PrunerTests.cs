using ArraylakeFs.FileSystem.Inodes;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>How many inodes are held: as many as the kernel does, which is asked to forget some when they are many.</summary>
public sealed class PrunerTests : IDisposable
{
    private const int Most = 256;

    private readonly List<ulong[]> _asked = [];
    private readonly InodeTable _table = new(new Thing());
    private readonly Pruner _pruner;
    private bool _canForget = true;

    // Not by the clock: it never looks by itself where the table does not say that it is full.
    public PrunerTests()
    {
        _pruner = new Pruner(_table, Most) { Prune = Ask };
        _table.WhenHeld(Most + 1, () => { });
    }

    public void Dispose() => _pruner.Dispose();

    [Fact]
    public async Task The_oldest_are_to_be_forgotten_when_there_are_too_many_and_some_more()
    {
        var nodes = Add(Most - 1);
        Assert.Null(await _pruner.SweepAsync());
        nodes = [.. nodes, .. Add(2)];
        Assert.NotNull(await _pruner.SweepAsync());
        Assert.Equal([nodes[..10]], _asked);
        Forget(nodes[..10]);
        Assert.Null(await _pruner.SweepAsync());
        Assert.Equal(Most + 2 - 10, _table.Count);
    }

    [Fact]
    public async Task Those_that_stay_are_asked_about_again_after_all_others()
    {
        var nodes = Add(Most);
        await _pruner.SweepAsync();
        await _pruner.SweepAsync();
        Assert.Equal([nodes[..9], nodes[9..18]], _asked);
        Forget(nodes[18..]);
        Add(Most);
        await _pruner.SweepAsync();
        Assert.Equal(nodes[..9], _asked[2][..9]); // the others are younger
    }

    [Fact]
    public async Task A_kernel_that_forgets_nothing_is_asked_more_rarely_until_it_does()
    {
        Add(Most * 2);
        var pauses = new List<int?>();
        for (int i = 0; i < 12; i++)
        {
            pauses.Add(await _pruner.SweepAsync());
            Add(1); // that there are more is no sign of anything
        }

        Assert.Equal(pauses.Order(), pauses);
        Assert.Equal(5000, pauses[^1]);
        Forget(_asked[^1][..1]);
        Assert.True(await _pruner.SweepAsync() < 100);
    }

    [Fact]
    public async Task A_kernel_that_cannot_forget_is_not_asked_again()
    {
        Add(Most * 2);
        _canForget = false;
        Assert.Null(await _pruner.SweepAsync());
        Assert.Null(await _pruner.SweepAsync());
        Assert.Single(_asked);
    }

    [Fact]
    public async Task What_is_forgotten_and_found_again_is_as_young_as_what_is_new()
    {
        var things = Enumerable.Range(0, 3).Select(_ => _table.Retain(new Thing())).ToList();
        foreach (var thing in things)
        {
            _table.Forget(thing.Node, 1);
            Assert.Equal(0ul, thing.Node);
        }

        Assert.Equal(1, _table.Count);
        ulong[] nodes = [.. Add(1), _table.Retain(things[1]).Node, .. Add(Most)];
        await _pruner.SweepAsync();
        Assert.Equal(nodes[..11], _asked[0]);
    }

    [Fact]
    public void The_table_says_each_time_that_it_is_full()
    {
        int times = 0;
        _table.WhenHeld(3, () => times++);
        var nodes = Add(2);
        Assert.Equal(1, times);
        Add(1);
        Assert.Equal(1, times);
        Forget(nodes);
        Add(2);
        Assert.Equal(2, times);
    }

    private Task<bool> Ask(ulong[] nodes)
    {
        _asked.Add(nodes);
        return Task.FromResult(_canForget);
    }

    private ulong[] Add(int count) => [.. Enumerable.Range(0, count).Select(_ => _table.Retain(new Thing()).Node)];

    private void Forget(ulong[] nodes) => Array.ForEach(nodes, node => _table.Forget(node, 1));

    private sealed class Thing : Inode
    {
        public override Attributes Attributes => default;
    }
}

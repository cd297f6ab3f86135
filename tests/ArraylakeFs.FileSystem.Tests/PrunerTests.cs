using ArraylakeFs.FileSystem.Inodes;

namespace ArraylakeFs.FileSystem.Tests;

/// <summary>How many inodes are held: as many as the kernel does, which is asked to forget some when they are many.</summary>
public sealed class PrunerTests : IDisposable
{
    private const int Most = 64;

    private readonly List<ulong[]> _asked = [];
    private readonly InodeTable _table = new(new Thing());
    private readonly Pruner _pruner;

    // Not by the clock: its first look is a long way off where the table never says that it is full.
    public PrunerTests()
    {
        _pruner = new Pruner(_table, Most) { Prune = _asked.Add };
        _table.WhenHeld(Most + 1, () => { });
    }

    public void Dispose() => _pruner.Dispose();

    [Fact]
    public void The_oldest_are_to_be_forgotten_when_there_are_too_many_and_some_more()
    {
        var nodes = Add(Most - 1);
        Assert.Null(_pruner.Sweep());
        nodes = [.. nodes, .. Add(2)];
        Assert.NotNull(_pruner.Sweep());
        Assert.Equal([nodes[..10]], _asked);
        Forget(nodes[..10]);
        Assert.Null(_pruner.Sweep());
        Assert.Equal(Most + 2 - 10, _table.Count);
    }

    [Fact]
    public void Those_that_stay_are_asked_about_again_after_all_others()
    {
        var nodes = Add(Most);
        _pruner.Sweep();
        _pruner.Sweep();
        Assert.Equal([nodes[..9], nodes[9..18]], _asked);
        Forget(nodes[18..]);
        Add(Most);
        _pruner.Sweep();
        Assert.Equal(nodes[..9], _asked[2][..9]); // the others are younger
    }

    [Fact]
    public void A_kernel_that_forgets_nothing_is_asked_ever_more_rarely()
    {
        Add(Most * 2);
        int[] pauses = [.. Enumerable.Range(0, 12).Select(_ => _pruner.Sweep()!.Value)];
        Assert.Equal(pauses.Order(), pauses);
        Assert.Equal((200, 60_000), (pauses[0], pauses[^1]));
        Forget(_asked[^1]);
        Add(Most);
        Assert.Equal(200, _pruner.Sweep());
    }

    [Fact]
    public void What_is_forgotten_and_found_again_is_as_young_as_what_is_new()
    {
        var things = Enumerable.Range(0, 3).Select(_ => _table.Retain(new Thing())).ToList();
        foreach (var thing in things)
        {
            _table.Forget(thing.Node, 1);
            Assert.Equal(0ul, thing.Node);
        }

        Assert.Equal(1, _table.Count);
        ulong[] nodes = [.. Add(1), _table.Retain(things[1]).Node, .. Add(Most)];
        _pruner.Sweep();
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

    private ulong[] Add(int count) => [.. Enumerable.Range(0, count).Select(_ => _table.Retain(new Thing()).Node)];

    private void Forget(ulong[] nodes) => Array.ForEach(nodes, node => _table.Forget(node, 1));

    private sealed class Thing : Inode
    {
        public override Attributes Attributes => default;
    }
}

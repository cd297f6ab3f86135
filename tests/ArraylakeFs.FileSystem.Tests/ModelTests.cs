namespace ArraylakeFs.FileSystem.Tests;

public sealed class ModelTests
{
    private const int StepsEach = 220;

    /// <summary>Set ARRAYLAKEFS_MODEL_SEED to run one seed again, ARRAYLAKEFS_MODEL_SEEDS to run more of them.</summary>
    public static TheoryData<int> Seeds()
    {
        var seeds = new TheoryData<int>();
        if (int.TryParse(Environment.GetEnvironmentVariable("ARRAYLAKEFS_MODEL_SEED"), out int one))
        {
            seeds.Add(one);
            return seeds;
        }

        int count = int.TryParse(Environment.GetEnvironmentVariable("ARRAYLAKEFS_MODEL_SEEDS"), out int many) ? many : 16;
        for (int seed = 0; seed < count; seed++)
        {
            seeds.Add(seed);
        }

        return seeds;
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task A_mount_does_what_a_disk_does_and_a_commit_changes_nothing_that_can_be_seen(int seed)
    {
        await using var mount = await TestMount.CreateAsync(cachesNames: seed % 2 == 1);
        using var model = new Model(mount, seed);
        try
        {
            for (int step = 0; step < StepsEach; step++)
            {
                await model.StepAsync();
                if (step % 7 == 0)
                {
                    model.Compare();
                }
            }

            model.Compare();
        }
        catch (Exception e)
        {
            Assert.Fail($"seed {seed}, after {model.Steps.Count} steps: {e.Message}\n{string.Join('\n', model.Steps.TakeLast(60))}\n{e.StackTrace}");
        }
    }
}

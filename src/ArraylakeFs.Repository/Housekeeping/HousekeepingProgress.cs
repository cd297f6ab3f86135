namespace ArraylakeFs.Repository;

/// <summary>How far a long task has come.</summary>
/// <param name="Step">What is being done, for people: <c>reading manifests</c>.</param>
/// <param name="Done">How many things of this step are done.</param>
/// <param name="Total">How many there are; null where nobody knows yet.</param>
public readonly record struct HousekeepingProgress(string Step, long Done, long? Total);

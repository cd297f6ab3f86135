namespace ArraylakeFs.Repository.Transfer;

/// <summary>How far a long work on chunks is.</summary>
/// <param name="Chunks">Chunks done.</param>
/// <param name="TotalChunks">Chunks to do.</param>
/// <param name="Bytes">Bytes done.</param>
public readonly record struct TransferProgress(long Chunks, long TotalChunks, long Bytes);

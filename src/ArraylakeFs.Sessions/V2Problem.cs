namespace ArraylakeFs.Sessions;

/// <summary>Why a document that a v2 tool wrote is not what the node says.</summary>
/// <param name="Name">Which document.</param>
/// <param name="Reason">One sentence.</param>
/// <param name="IsInvalid">
/// Whether it stops a commit: what is no v2 document, would change a node into something that v3 cannot express, or could not be recorded. What is
/// only not finished, or was never a node, stays a loose file.
/// </param>
internal readonly record struct V2Problem(string Name, string Reason, bool IsInvalid);

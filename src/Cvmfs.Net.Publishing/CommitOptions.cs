namespace Cvmfs.Net.Publishing;

/// <summary>What one commit does besides publishing.</summary>
public sealed record CommitOptions
{
    /// <summary>Name of the new revision; null for none. A commit with a name gets no automatic tag, as in the reference.</summary>
    public string? Tag { get; init; }

    /// <summary>Free text of that tag.</summary>
    public string TagDescription { get; init; } = "";

    /// <summary>Publish a new revision even when nothing changed. Default no.</summary>
    public bool PublishUnchanged { get; init; }

    /// <summary>Told about ten times a second while files are stored, and at each new phase; from any thread.</summary>
    public IProgress<PublishProgress>? Progress { get; init; }
}

namespace Cvmfs.Net.Repositories;

/// <summary>What a recursive listing shows.</summary>
public sealed record RepositoryEnumerationOptions
{
    /// <summary>As a client lists: hidden entries left out, bind mountpoints shown and not entered.</summary>
    public static RepositoryEnumerationOptions Default { get; } = new();

    /// <summary>Whether hidden entries are listed, and what is below them. Default false.</summary>
    public bool IncludeHidden { get; init; }

    /// <summary>Whether to go into bind mountpoints: other revisions mounted inside this one. Default false, as every count and copy of a
    /// repository ignores them.</summary>
    public bool FollowBindMountpoints { get; init; }
}

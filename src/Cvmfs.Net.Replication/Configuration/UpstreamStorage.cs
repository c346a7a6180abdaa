namespace Cvmfs.Net.Replication.Configuration;

/// <summary>Where objects are kept, as <c>CVMFS_UPSTREAM_STORAGE</c> says it: <c>local,&lt;temporary folder&gt;,&lt;storage folder&gt;</c> or another kind. Immutable.</summary>
/// <param name="Kind">The first word: <c>local</c>, <c>S3</c>, <c>gw</c>.</param>
/// <param name="TemporaryFolder">Folder for files that are being written; a local path for every kind.</param>
/// <param name="Target">What the kind makes of it: for <c>local</c>, the storage folder.</param>
public sealed record UpstreamStorage(string Kind, string TemporaryFolder, string Target)
{
    /// <summary>The kind that is a folder of this machine.</summary>
    public const string Local = "local";

    /// <summary>Whether it is a folder of this machine, the only kind that is worked with here.</summary>
    public bool IsLocal => Kind == Local;

    /// <summary>Parses a definition.</summary>
    /// <exception cref="FormatException">It has not three parts, or a local one has relative paths.</exception>
    public static UpstreamStorage Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] parts = text.Split(',', 3);
        if (parts.Length != 3 || parts[0].Length == 0 || parts[2].Length == 0) throw new FormatException("expected KIND,TEMPORARY_FOLDER,TARGET such as local,/srv/cvmfs/NAME/data/txn,/srv/cvmfs/NAME.");
        var storage = new UpstreamStorage(parts[0], parts[1], parts[2]);
        if (storage.IsLocal && !(Path.IsPathFullyQualified(parts[1]) && Path.IsPathFullyQualified(parts[2]))) throw new FormatException("expected absolute paths.");
        return storage;
    }

    /// <summary>The definition as the file has it.</summary>
    public override string ToString() => $"{Kind},{TemporaryFolder},{Target}";
}

using System.Reflection;
using System.Text.Json;
using Cvmfs.Net.Manifests;

namespace Cvmfs.Net.Documents;

/// <summary><c>/cvmfs/info/v1/repositories.json</c>: what a server holds. Unsigned: good for finding repositories, never for trusting them.</summary>
public sealed record RepositoriesDocument
{
    private const string DocumentName = "repositories.json";

    private static readonly string s_toolsVersion = "cvmfs.net-"
        + (typeof(RepositoriesDocument).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0");

    /// <summary>Version of the document's form; 1, or null on a server that never generated one.</summary>
    public long? Schema { get; init; }

    /// <summary>Age of the server's geo database; null where it has none.</summary>
    public CvmfsDate? LastGeoDbUpdate { get; init; }

    /// <summary>Version of the server tools, such as <c>2.12.0-1</c>; any text, null where the server keeps it to itself.</summary>
    public string? CvmfsVersion { get; init; }

    /// <summary>Operating system, short.</summary>
    public string? OsId { get; init; }

    /// <summary>Version of the operating system.</summary>
    public string? OsVersionId { get; init; }

    /// <summary>Operating system, for people.</summary>
    public string? OsPrettyName { get; init; }

    /// <summary>Repositories of which the server is the Stratum 0.</summary>
    public IReadOnlyList<RepositoryListing> Repositories { get; init; } = [];

    /// <summary>Repositories of which the server is a Stratum 1.</summary>
    public IReadOnlyList<RepositoryListing> Replicas { get; init; } = [];

    /// <summary>Items that were left out because they have no legal name.</summary>
    public int SkippedItems { get; init; }

    /// <summary>Parses the document.</summary>
    /// <exception cref="CvmfsFormatException">No JSON object.</exception>
    public static RepositoriesDocument Parse(ReadOnlyMemory<byte> json, string? origin = null)
    {
        using var document = LenientJson.Parse(json, origin ?? DocumentName);
        var root = document.RootElement;
        int skipped = 0;
        return new RepositoriesDocument
        {
            Schema = root.Number("schema"),
            LastGeoDbUpdate = root.Date("last_geodb_update"),
            CvmfsVersion = root.Text("cvmfs_version"),
            OsId = root.Text("os_id"),
            OsVersionId = root.Text("os_version_id"),
            OsPrettyName = root.Text("os_pretty_name"),
            Repositories = Listings(root, "repositories", ref skipped),
            Replicas = Listings(root, "replicas", ref skipped),
            SkippedItems = skipped,
        };
    }

    /// <summary>The same with the versions of these tools and of this operating system.</summary>
    public RepositoriesDocument WithVersions()
    {
        var release = OperatingSystemRelease.Read();
        return this with { CvmfsVersion = s_toolsVersion, OsId = release.Id, OsVersionId = release.VersionId, OsPrettyName = release.PrettyName };
    }

    /// <summary>The same with the date of a geo database: when its file was written, or nothing where there is no such file.</summary>
    /// <param name="databaseFile">The database or a link to it; null where there is none.</param>
    public RepositoriesDocument WithGeoDatabase(string? databaseFile)
    {
        var file = string.IsNullOrEmpty(databaseFile) ? null : new FileInfo(databaseFile);
        if (file?.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo;
        return this with { LastGeoDbUpdate = file is { Exists: true } ? CvmfsDate.From(file.LastWriteTimeUtc) : null };
    }

    /// <summary>The document, UTF-8, keys in the reference's order.</summary>
    public byte[] ToBytes() => LenientJson.Write(json =>
    {
        json.WriteNumber("schema", Schema ?? 1);
        json.WriteText("last_geodb_update", LastGeoDbUpdate?.Text);
        json.WriteText("cvmfs_version", CvmfsVersion);
        json.WriteText("os_id", OsId);
        json.WriteText("os_version_id", OsVersionId);
        json.WriteText("os_pretty_name", OsPrettyName);
        Write(json, "repositories", Repositories);
        Write(json, "replicas", Replicas);
    });

    private static List<RepositoryListing> Listings(JsonElement root, string property, ref int skipped)
    {
        var listings = new List<RepositoryListing>();
        foreach (var item in root.Items(property))
        {
            if (!RepositoryName.TryParse(item.Text("name"), out var name))
            {
                skipped++;
                continue;
            }

            listings.Add(new RepositoryListing
            {
                Name = name,
                Alias = item.Text("alias"),
                Url = item.Text("url"),
                IsPassThrough = item.IsTrue("pass-through"),
            });
        }

        return listings;
    }

    private static void Write(Utf8JsonWriter json, string property, IReadOnlyList<RepositoryListing> listings)
    {
        json.WriteStartArray(property);
        foreach (var listing in listings)
        {
            json.WriteStartObject();
            json.WriteString("name", listing.Name.ToString());
            if (listing.Alias != listing.Name.ToString()) json.WriteText("alias", listing.Alias);
            if (listing.IsPassThrough) json.WriteBoolean("pass-through", true);
            json.WriteString("url", listing.Path);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}

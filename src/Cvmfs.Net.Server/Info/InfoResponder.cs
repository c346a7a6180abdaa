using Cvmfs.Net.Documents;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Server.Diagnostics;
using Cvmfs.Net.Server.Objects;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cvmfs.Net.Server.Info;

/// <summary>Answers <c>/cvmfs/info/v1/</c>: what is served here, and whom to ask.</summary>
/// <remarks>
/// A file that is there is sent as it is: on a managed host it is written whenever the list of replicas or the geo database changes, and knows what
/// no folder shows, such as replicas that only pass through. Elsewhere the list is made from the folders, by the same writer.
/// </remarks>
internal sealed class InfoResponder(RepositoryInventory inventory, CvmfsServerOptions options, TimeProvider time, ILogger logger)
{
    private const string ContentType = "application/json";
    private const int MaxBytes = 1 << 20;

    private readonly Lifetime _lifetime = new(options.RootFileLifetime, time);
    private readonly RepositoriesDocument _frame = options.PublishVersions ? new RepositoriesDocument().WithVersions() : new RepositoriesDocument();
    private readonly InfoFolder _folder = InfoFolder.Below(options.RootFolder);

    /// <summary><c>repositories.json</c>: the file, or the folders that are there.</summary>
    public async Task RepositoriesAsync(HttpContext context)
        => await SendAsync(context, await ReadAsync(_folder.RepositoriesFile, context.RequestAborted).ConfigureAwait(false) ?? FromFolders()).ConfigureAwait(false);

    /// <summary><c>meta.json</c>: the operator's file, or an empty object.</summary>
    public async Task MetaAsync(HttpContext context)
        => await SendAsync(context, await ReadAsync(_folder.MetaFile, context.RequestAborted).ConfigureAwait(false) ?? "{}\n"u8.ToArray()).ConfigureAwait(false);

    private byte[] FromFolders() => (_frame with
    {
        Repositories = Listings(replicas: false),
        Replicas = Listings(replicas: true),
    }).WithGeoDatabase(options.Geo.DatabaseFile).ToBytes();

    private List<RepositoryListing> Listings(bool replicas)
    {
        var listings = new List<RepositoryListing>();
        foreach (var repository in inventory.Repositories)
        {
            if (repository.IsReplica != replicas || repository.Fault is not null) continue;
            // A manifest may name what is no name; the folder's own name always is one.
            if (!RepositoryName.TryParse(repository.Name, out var name) && !RepositoryName.TryParse(repository.Alias, out name)) continue;
            listings.Add(new RepositoryListing { Name = name, Alias = repository.Alias, Url = "/cvmfs/" + repository.Alias });
        }

        return listings;
    }

    /// <summary>The operator's file; null where there is none that can be sent.</summary>
    private async Task<byte[]?> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.LinkTarget is not null || file.Length is 0 or > MaxBytes) return null;
            return await File.ReadAllBytesAsync(path, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // removed between the two looks
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.FileUnreadable("info", path, e);
            return null;
        }
    }

    private Task SendAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        _lifetime.Apply(context.Response.Headers);
        // Status pages run in browsers; these two documents are public and hold no secrets.
        context.Response.Headers.AccessControlAllowOrigin = "*";
        return PlainResponse.BytesAsync(context, body, ContentType);
    }
}

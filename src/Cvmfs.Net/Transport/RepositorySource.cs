using System.Buffers;
using Cvmfs.Net.Objects;
using Cvmfs.Net.Transport.Proxies;

namespace Cvmfs.Net.Transport;

/// <summary>Opens sources from what a person typed, and reads small files from them.</summary>
public static class RepositorySource
{
    /// <summary>Most that a root file or a piece of metadata may have where it is read into memory, in bytes: 1 MiB, as the reference.</summary>
    public const int MaxInMemoryBytes = 1 << 20;

    /// <summary>Opens a repository on a server, on several, or in a folder; with repetitions and fail-over in place. Contacts nobody yet.</summary>
    /// <param name="text"><c>http://host/cvmfs/name</c>, several of these joined by commas, a <c>file://</c> URL, or a folder's path.</param>
    /// <param name="options">Defaults where null.</param>
    /// <exception cref="ArgumentException">The text is none of these, or mixes them.</exception>
    public static IRepositorySource Open(string text, RepositorySourceOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(text);
        options ??= new RepositorySourceOptions();
        if (!IsHttp(text)) return new DirectoryRepositorySource(FolderOf(text));

        string[] parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(parts, part => !IsHttp(part)) is { } odd)
        {
            throw new ArgumentException($"'{odd}' is no http or https URL; only these can be joined by commas.", nameof(text));
        }

        var servers = new List<IRepositorySource>(parts.Length);
        var groups = options.Proxies is { } list ? new ProxyGroups(list, options.ProxyGroups) : null;
        foreach (string part in parts)
        {
            if (!Uri.TryCreate(part, UriKind.Absolute, out var url)) throw new ArgumentException($"'{part}' is no URL.", nameof(text));
            servers.Add(options.Proxies is { } proxies ? new ProxiedSource(url, proxies, groups!, options) : new HttpRepositorySource(url, options.Http));
        }

        // Fail-over below repetition: another server is asked at once, and a pause is made only after all have failed.
        IRepositorySource source = servers.Count == 1 ? servers[0] : new FailoverSource(servers, options.Failover, options.Logger);
        return new RetryingSource(source, options.Retry, options.Logger);
    }

    /// <summary>Reads a root file into memory. Null when there is none.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="name">Plain file name, see <see cref="RootFileNames"/>.</param>
    /// <param name="maxBytes">Longest content that is borne.</param>
    /// <param name="mode">Whether caches on the way may answer.</param>
    /// <param name="cancellationToken">Cancels.</param>
    /// <exception cref="CvmfsTransportException">The source cannot be reached, the transfer breaks, or the file is longer.</exception>
    public static async ValueTask<byte[]?> ReadRootFileAsync(
        this IRepositorySource source, string name, int maxBytes = MaxInMemoryBytes, FetchMode mode = FetchMode.Normal, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        var body = await source.OpenRootFileAsync(name, mode, cancellationToken).ConfigureAwait(false);
        if (body is null) return null;
        await using var _ = body.ConfigureAwait(false);
        return await ReadToEndAsync(body, maxBytes, cancellationToken).ConfigureAwait(false)
            ?? throw new CvmfsTransportException(body.Origin, $"is longer than {maxBytes} bytes, the most that is accepted.", isTransient: false);
    }

    /// <summary>Reads a body into memory. Null when it is longer than the bound, of which no more than one byte is read.</summary>
    internal static async ValueTask<byte[]?> ReadToEndAsync(SourceBody body, int maxBytes, CancellationToken cancellationToken)
    {
        if (body.Length > maxBytes) return null;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Min(maxBytes + 1L, (body.Length ?? VerifiedFetcher.BufferBytes) + 1));
        try
        {
            int filled = 0;
            while (true)
            {
                int read = await body.Stream.ReadAsync(buffer.AsMemory(filled), cancellationToken).ConfigureAwait(false);
                if (read == 0) return buffer.AsSpan(0, filled).ToArray();
                filled += read;
                if (filled > maxBytes) return null;
                if (filled < buffer.Length) continue;
                byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(maxBytes + 1L, 2L * buffer.Length));
                buffer.AsSpan(0, filled).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(buffer);
                buffer = larger;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsHttp(string text)
        => text.StartsWith("http://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("https://", StringComparison.OrdinalIgnoreCase);

    private static string FolderOf(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal)) return text;
        return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.IsFile
            ? url.LocalPath
            : throw new ArgumentException($"'{text}' is neither an http, https or file URL nor a folder.", nameof(text));
    }
}

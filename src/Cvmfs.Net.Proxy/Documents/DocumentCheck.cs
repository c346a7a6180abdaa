using System.Buffers;
using Cvmfs.Net.Manifests;
using Cvmfs.Net.Proxy.Routing;
using Cvmfs.Net.Trust;

namespace Cvmfs.Net.Proxy.Documents;

/// <summary>Whether bytes have the form of what was asked for, so that no captive portal's page is taken for a manifest.</summary>
internal static class DocumentCheck
{
    private static readonly SearchValues<byte> GeoBytes = SearchValues.Create("0123456789,\r\n"u8);

    /// <summary>Checks the form of a manifest, a whitelist or a geo answer, and that others are no web pages; everything else has none that could be checked.</summary>
    /// <param name="request">What was asked for.</param>
    /// <param name="body">The answer, of status 200.</param>
    /// <param name="url">Where it came from, for messages.</param>
    /// <exception cref="CvmfsFormatException">It is something else, or of another repository.</exception>
    public static DocumentSerial? Read(ProxyRequest request, ReadOnlyMemory<byte> body, string url)
    {
        switch (request.Kind)
        {
            case RequestKind.Manifest:
                if (!SignedLetter.Split(body, url).IsHashRight) throw new CvmfsFormatException(url, "the text does not have the hash that the manifest prints of it.");
                var manifest = Manifest.Parse(body, url);
                RequireName(request, manifest.RepositoryName, url);
                return new DocumentSerial(manifest.Revision, manifest.PublishedAt);
            case RequestKind.Whitelist:
                var whitelist = Whitelist.Parse(body, url);
                RequireName(request, whitelist.RepositoryName, url);
                if (!whitelist.IsPkcs7 && !SignedLetter.Split(body, url).IsHashRight) throw new CvmfsFormatException(url, "the text does not have the hash that the whitelist prints of it.");
                return new DocumentSerial(0, (ulong)Math.Max(0, whitelist.CreatedAt?.ToUnixTimeSeconds() ?? 0));
            case RequestKind.Geo:
                if (body.IsEmpty || body.Span.ContainsAnyExcept(GeoBytes)) throw new CvmfsFormatException(url, "a geo answer is numbers and commas.");
                return null;
            case RequestKind.RootFile or RequestKind.ServerDocument:
                if (body.Span.TrimStart("\uFEFF \t\r\n"u8).StartsWith("<"u8)) throw new CvmfsFormatException(url, "is a web page, and no file that servers of CernVM-FS have here.");
                return null;
            default:
                return null;
        }
    }

    /// <summary>The name inside must be the path's, where that looks like one: paths such as <c>/opt/org</c> name no repository.</summary>
    private static void RequireName(ProxyRequest request, string name, string url)
    {
        if (request.Repository.Contains('.', StringComparison.Ordinal) && RepositoryName.TryParse(request.Repository, out _)
            && !string.Equals(request.Repository, name, StringComparison.Ordinal))
        {
            throw new CvmfsFormatException(url, $"is of repository \"{name}\", expected \"{request.Repository}\".");
        }
    }
}

using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>Which server was asked last for a request in the web server's pipeline; for the access log.</summary>
internal sealed class AskedServer
{
    private AskedServer(string name) => Name = name;

    private string Name { get; }

    /// <summary>Notes a server.</summary>
    public static void Note(HttpContext context, string server) => context.Features.Set(new AskedServer(server));

    /// <summary>The server; null where none was asked.</summary>
    public static string? Of(HttpContext context) => context.Features.Get<AskedServer>()?.Name;
}

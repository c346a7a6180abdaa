using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Proxy.Serving;

/// <summary>What every answer says about its way here.</summary>
internal static class ResponseStreamer
{
    /// <summary>Sets the fields.</summary>
    public static void Mark(HttpContext context, string cacheStatus)
    {
        context.Response.Headers.Via = ErrorAnswer.Via;
        context.Response.Headers["Cache-Status"] = $"{ErrorAnswer.Name}; {cacheStatus}";
    }
}

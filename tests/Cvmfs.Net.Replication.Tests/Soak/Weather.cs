using Microsoft.AspNetCore.Http;

namespace Cvmfs.Net.Replication.Tests.Soak;

/// <summary>What happens between a replica and its upstream on a bad day: one request in eight fails, each time in another way.</summary>
internal sealed class Weather(Random random, string upstream)
{
    private const int OneIn = 8;

    private readonly Lock _dice = new();

    /// <summary>Answers some requests in place of the server.</summary>
    public async Task<bool> InterfereAsync(HttpContext context, string path)
    {
        int kind;
        lock (_dice) kind = random.Next(OneIn) == 0 ? random.Next(4) : -1;
        string file = Path.Combine(upstream, path);
        switch (kind)
        {
            case 0:
                context.Abort();
                return true;
            case 1:
                context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
                return true;
            case 2 or 3 when path.StartsWith("data/", StringComparison.Ordinal) && File.Exists(file):
                byte[] content = await File.ReadAllBytesAsync(file, context.RequestAborted);
                context.Response.ContentLength = content.Length;
                if (kind == 2) content[content.Length / 2] ^= 1;
                await context.Response.Body.WriteAsync(content.AsMemory(0, kind == 2 ? content.Length : content.Length / 2), context.RequestAborted);
                if (kind == 3) context.Abort();
                return true;
            default:
                return false;
        }
    }
}

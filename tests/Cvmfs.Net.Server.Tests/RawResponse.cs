using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Server.Tests;

/// <summary>One request and its answer as bytes on a socket, so that no HTTP client tidies up either of them.</summary>
internal sealed record RawResponse(int Status, ILookup<string, string> Headers, byte[] Body)
{
    public string? this[string header] => Headers[header].SingleOrDefault();

    /// <summary>Sends a request that asks to close the connection, reads to the end and takes the answer apart.</summary>
    public static async Task<RawResponse> ExchangeAsync(IPEndPoint server, string method, string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request), TestContext.Current.CancellationToken);
        var received = new MemoryStream();
        await stream.CopyToAsync(received, TestContext.Current.CancellationToken);
        return Parse(received.ToArray(), method);
    }

    private static RawResponse Parse(byte[] bytes, string method)
    {
        int end = bytes.AsSpan().IndexOf("\r\n\r\n"u8);
        Assert.True(end > 0, "no complete header: " + Encoding.Latin1.GetString(bytes));
        string[] lines = Encoding.Latin1.GetString(bytes, 0, end).Split("\r\n");
        var headers = lines.Skip(1).Select(line => line.Split(": ", 2)).ToLookup(pair => pair[0], pair => pair[1], StringComparer.OrdinalIgnoreCase);
        byte[] body = bytes[(end + 4)..];
        Assert.False(headers.Contains("Transfer-Encoding"), "a body of unknown length");
        // Every answer must announce its length, and keep to it.
        string announced = Assert.Single(headers["Content-Length"]);
        if (method != "HEAD") Assert.Equal(int.Parse(announced, CultureInfo.InvariantCulture), body.Length);
        return new RawResponse(int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture), headers, body);
    }
}

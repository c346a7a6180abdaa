using System.Globalization;

namespace Cvmfs.Net.Transport.Wire;

/// <summary>A body that comes in chunks: what servers send that do not know its length beforehand.</summary>
/// <remarks>Rules from RFC 9112, section 7.1. Trailer fields are passed over.</remarks>
internal sealed class ChunkedWireBody(WireConnection connection, string url) : WireBody(connection, url, null)
{
    private const int MaxLineBytes = 4096;

    private readonly byte[] _one = new byte[1];
    private long _left;
    private bool _isFirst = true;

    protected override async ValueTask<int> ReadCoreAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (_left == 0)
        {
            if (!_isFirst && await ReadLineAsync(cancellationToken).ConfigureAwait(false) is not "") throw HttpFaults.NotHttp(Url);
            _isFirst = false;
            string line = await ReadLineAsync(cancellationToken).ConfigureAwait(false);
            string size = line.Split(';', 2)[0].Trim();
            if (size.Length is 0 or > 15 || !long.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out _left)) throw HttpFaults.NotHttp(Url);
            if (_left == 0)
            {
                while (await ReadLineAsync(cancellationToken).ConfigureAwait(false) is not "") { }
                return 0;
            }
        }

        int read = await Connection.ReadBodyAsync(buffer[..(int)Math.Min(buffer.Length, _left)], Url, cancellationToken).ConfigureAwait(false);
        if (read == 0) throw HttpFaults.EndedEarly(Url);
        _left -= read;
        return read;
    }

    // Byte by byte, but out of the connection's buffer nearly always; objects come with a length, chunks are the exception.
    private async ValueTask<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new System.Text.StringBuilder();
        while (line.Length <= MaxLineBytes)
        {
            if (await Connection.ReadBodyAsync(_one, Url, cancellationToken).ConfigureAwait(false) == 0) throw HttpFaults.EndedEarly(Url);
            if (_one[0] == '\n') return line.ToString().TrimEnd('\r');
            line.Append((char)_one[0]);
        }

        throw HttpFaults.NotHttp(Url);
    }
}

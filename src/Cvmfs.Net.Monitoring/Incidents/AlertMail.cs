using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Cvmfs.Net.Monitoring.Incidents;

/// <summary>Hands an alert to a mail server: as much of SMTP as that takes, to a server that trusts this machine.</summary>
internal static class AlertMail
{
    private const int DefaultPort = 25;
    private const int MaxReply = 16 << 10;

    /// <summary>Sends; no exception but that of cancellation.</summary>
    public static async Task<(bool IsTaken, bool IsWorthAnother, string Reason)> TryAsync(AlertReceiver receiver, IncidentEvent what, CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(receiver.Url.Host, receiver.Url.Port > 0 ? receiver.Url.Port : DefaultPort, cancellationToken).ConfigureAwait(false);
            var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.Latin1, leaveOpen: true);
            string? step = null;
            foreach (string? line in (string?[])[null, "EHLO localhost", $"MAIL FROM:<{Address(receiver.From)}>", $"RCPT TO:<{Address(receiver.To)}>", "DATA", Compose(receiver, what) + "."])
            {
                if (line is not null) await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), cancellationToken).ConfigureAwait(false);
                step = line is null ? "its greeting" : line.Split(':', ' ', '\r')[0];
                int code = await ReplyAsync(reader, cancellationToken).ConfigureAwait(false);
                if (code is < 200 or >= 400) return (false, code < 500, string.Create(CultureInfo.InvariantCulture, $"it answered {code} to {(line?.EndsWith("\r\n.", StringComparison.Ordinal) == true ? "the message" : step)}"));
            }

            await stream.WriteAsync("QUIT\r\n"u8.ToArray(), cancellationToken).ConfigureAwait(false);
            return (true, false, "");
        }
        catch (Exception failed) when (failed is SocketException or IOException)
        {
            return (false, true, failed.Message);
        }
    }

    /// <summary>The message, its lines ending as those of mail, dots at their beginning doubled.</summary>
    internal static string Compose(AlertReceiver receiver, IncidentEvent what)
    {
        string text = AlertDocument.TextOf(what).ReplaceLineEndings(" ");
        var mail = new StringBuilder();
        mail.Append(CultureInfo.InvariantCulture, $"From: <{Address(receiver.From)}>\r\nTo: <{Address(receiver.To)}>\r\nSubject: {Encoded(text)}\r\n");
        mail.Append(CultureInfo.InvariantCulture, $"Date: {what.At.UtcDateTime:ddd, dd MMM yyyy HH:mm:ss} +0000\r\nMessage-ID: <{what.Key}.{what.Incident.BeganAt.ToUnixTimeMilliseconds()}@cvmfs-net>\r\n");
        mail.Append("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n");
        mail.Append(Convert.ToBase64String(Encoding.UTF8.GetBytes(text + "\n"), Base64FormattingOptions.InsertLineBreaks)).Append("\r\n");
        return mail.ToString();
    }

    /// <summary>A heading may have letters of any script, but only so; each piece short enough for a line.</summary>
    private static string Encoded(string text)
    {
        if (text.Length < 70 && text.All(c => c is >= ' ' and <= '~') && !text.Contains("=?", StringComparison.Ordinal)) return text;
        var pieces = new List<string>();
        var piece = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            piece.Append(rune.ToString());
            if (Encoding.UTF8.GetByteCount(piece.ToString()) < 42) continue;
            pieces.Add(piece.ToString());
            piece.Clear();
        }

        if (piece.Length > 0) pieces.Add(piece.ToString());
        return string.Join("\r\n ", pieces.Select(one => $"=?utf-8?B?{Convert.ToBase64String(Encoding.UTF8.GetBytes(one))}?="));
    }

    /// <summary>What could end a command or a heading is left out.</summary>
    private static string Address(string? address) => string.Concat((address ?? "").Where(c => c is > ' ' and <= '~' and not '<' and not '>'));

    private static async Task<int> ReplyAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        for (int read = 0; read < MaxReply;)
        {
            string line = await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) ?? throw new IOException("It closed the connection.");
            read += line.Length + 1;
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int code)) throw new IOException("It does not speak SMTP.");
            if (line.Length == 3 || line[3] != '-') return code;
        }

        throw new IOException("Its answer is too long.");
    }
}

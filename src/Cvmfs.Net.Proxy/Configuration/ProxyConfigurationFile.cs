// Configuration/ makes ProxyOptions of a file: JSON with comments, names as in the options in camel case.
//
//   file ─► SettingLines (where each setting stands) ─► ProxyJson (source-generated) ─► ProxyOptions ─► Validate ─► the proxy, or the old settings go on
//
// Must stay true
//   - A name that is no setting is an error: a misspelt limit must not mean no limit.
//   - Every problem names file and line.
using System.Text.Json;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>Reads configuration files of a proxy.</summary>
public static class ProxyConfigurationFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads a file. What it does not name has its default.</summary>
    /// <param name="path">The file.</param>
    /// <returns>Settings that can be read; <see cref="Check"/> says whether they can work.</returns>
    /// <exception cref="ProxyConfigurationException">The file is missing, unreadable, no JSON, or names something that is no setting.</exception>
    public static ProxyOptions Read(string path)
    {
        byte[] text = Load(path);
        try
        {
            RefuseNull(path, text);
            return JsonSerializer.Deserialize(text, ProxyJson.Default.ProxyOptions) ?? throw new ProxyConfigurationException($"{path}:1: an object is expected, found null.");
        }
        catch (JsonException wrong)
        {
            throw new ProxyConfigurationException($"{path}:{(wrong.LineNumber ?? 0) + 1}: {Explain(wrong)}", wrong);
        }
    }

    /// <summary>Says which settings cannot work, and in which line of the file they are.</summary>
    /// <param name="path">The file that was read; null where there is none.</param>
    /// <param name="options">The settings, as they shall be used.</param>
    /// <returns>One problem each; none where the settings can work.</returns>
    /// <exception cref="ProxyConfigurationException">The file can no longer be read.</exception>
    public static IReadOnlyList<string> Check(string? path, ProxyOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        string[] failures = [.. options.Failures()];
        if (path is null || failures.Length == 0) return failures;
        var lines = SettingLines.Of(Load(path));
        return [.. failures.Select(failure => lines.Find(failure) is { } line ? $"{path}:{line}: {failure}" : $"{path}: {failure}")];
    }

    /// <summary>Says what keeps a program that runs a proxy from starting with settings: what <see cref="Check"/> says, or that nothing would be
    /// served, because no server is named.</summary>
    /// <param name="path">The file that was read; null where there is none.</param>
    /// <param name="options">The settings, as they shall be used.</param>
    /// <returns>One problem each; none where a proxy can start.</returns>
    /// <exception cref="ProxyConfigurationException">The file can no longer be read.</exception>
    public static IReadOnlyList<string> CheckStart(string? path, ProxyOptions options)
    {
        if (Check(path, options) is { Count: > 0 } problems) return problems;
        var upstream = options.Upstream;
        if (upstream.AllowedDestinations.Count + upstream.Servers.Count + upstream.Repositories.Count + options.Documents.ExternalDestinations.Count > 0) return [];
        string problem = "nothing would be served: name the servers that clients may ask in upstream.allowedDestinations (forward proxy), or the servers to stand in front of in upstream.servers (reverse proxy).";
        return [path is null ? problem : $"{path}: {problem}"];
    }

    private static byte[] Load(string path)
    {
        try
        {
            using var file = File.OpenHandle(path);
            long length = RandomAccess.GetLength(file);
            if (length > MaxBytes) throw new ProxyConfigurationException($"{path}: {length} bytes, more than the {MaxBytes} of any configuration.");
            byte[] text = new byte[length];
            int read = 0;
            while (read < text.Length && RandomAccess.Read(file, text.AsSpan(read), read) is > 0 and var more) read += more;
            return text.AsSpan(0, read).StartsWith("\uFEFF"u8) ? text[3..read] : text[..read];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new ProxyConfigurationException($"{path}: cannot be read: {failure.Message}", failure);
        }
    }

    /// <summary>Nothing here can be null; in lists and maps the serializer would let it pass.</summary>
    private static void RefuseNull(string path, ReadOnlySpan<byte> text)
    {
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.Null) continue;
            int line = text[..(int)reader.TokenStartIndex].Count((byte)'\n') + 1;
            throw new ProxyConfigurationException($"{path}:{line}: null is no value here; leave the setting out to have its default.");
        }
    }

    private static string Explain(JsonException wrong)
    {
        string setting = (wrong.Path ?? "$").TrimStart('$', '.');
        if (wrong.Message.Contains("could not be mapped", StringComparison.Ordinal))
        {
            return $"\"{setting}\" is no setting{(SettingNames.Nearest(setting) is { } near ? $"; did you mean \"{near}\"?" : ".")}";
        }

        string message = wrong.Message.Split(" Path: ")[0].Split(" LineNumber: ")[0];
        return setting.Length > 0 ? $"\"{setting}\": {message}" : message;
    }
}

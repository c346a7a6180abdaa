using System.Text.Json;

namespace Cvmfs.Net.Proxy.Configuration;

/// <summary>In which line of a file each setting is.</summary>
internal sealed class SettingLines
{
    private readonly Dictionary<string, int> _lines = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads a file that is JSON.</summary>
    public static SettingLines Of(ReadOnlySpan<byte> text)
    {
        var lines = new SettingLines();
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var path = new Stack<string>();
        string name = "";
        int line = 1, counted = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                line += text[counted..(int)reader.TokenStartIndex].Count((byte)'\n');
                counted = (int)reader.TokenStartIndex;
                name = path.TryPeek(out string? parent) && parent.Length > 0 ? $"{parent}:{reader.GetString()}" : reader.GetString()!;
                lines._lines.TryAdd(name, line);
            }
            else if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                path.Push(name);
            }
            else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                path.Pop();
            }
        }

        return lines;
    }

    /// <summary>The line of the setting that a failure begins with, or of the section that it is in.</summary>
    public int? Find(string failure)
    {
        string name = failure.Split(": ")[0];
        for (; name.Length > 0; name = name[..Math.Max(0, name.LastIndexOf(':'))])
        {
            if (_lines.TryGetValue(name, out int line)) return line;
        }

        return null;
    }
}

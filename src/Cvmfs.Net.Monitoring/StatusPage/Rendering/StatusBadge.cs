using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Writes the overall status for other people's pages: a small picture, and the JSON that badge services read.</summary>
public static class StatusBadge
{
    private const int CharacterWidth = 7;

    /// <summary><c>badge.svg</c>.</summary>
    public static string WriteSvg(StatusPageReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        const string label = "cvmfs";
        string text = report.Overall.Text().ToLowerInvariant();
        int left = label.Length * CharacterWidth + 12, right = text.Length * CharacterWidth + 12;
        var html = new HtmlText();
        html.Open("svg", ("xmlns", "http://www.w3.org/2000/svg"), ("width", Number(left + right)), ("height", "20"), ("role", "img"), ("aria-label", $"{label}: {text}"))
            .Element("title", $"{label}: {text}")
            .Empty("rect", ("width", Number(left)), ("height", "20"), ("fill", "#444c56"))
            .Empty("rect", ("x", Number(left)), ("width", Number(right)), ("height", "20"), ("fill", "#" + Colour(report.Overall)))
            .Open("g", ("fill", "#fff"), ("font-family", "Verdana,DejaVu Sans,sans-serif"), ("font-size", "11"))
            .Element("text", label, ("x", "6"), ("y", "14")).Element("text", text, ("x", Number(left + 6)), ("y", "14")).Close().CloseLine();
        return html.ToString();
    }

    /// <summary><c>badge.json</c>, in the form that badge services read from an endpoint.</summary>
    public static byte[] WriteJson(StatusPageReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("schemaVersion", 1);
            json.WriteString("label", "cvmfs");
            json.WriteString("message", report.Overall.Text().ToLowerInvariant());
            json.WriteString("color", Colour(report.Overall));
            json.WriteEndObject();
        }

        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The colours of the page in light mode: white text on them reaches a contrast of 4.5.</summary>
    private static string Colour(ServiceStatus status) => status switch
    {
        ServiceStatus.Ok => "14733b",
        ServiceStatus.Degraded => "7a5c00",
        ServiceStatus.Warning => "a8470a",
        ServiceStatus.Failed => "b3261e",
        ServiceStatus.Maintenance => "1f5fa8",
        _ => "5b6472",
    };
}

using System.Globalization;

namespace Cvmfs.Net.Monitoring.StatusPage.Rendering;

/// <summary>Times and ages in a few characters.</summary>
internal static class AgeText
{
    /// <summary>A duration: <c>40 s</c>, <c>12 min</c>, <c>5 h</c>, <c>3 days</c>.</summary>
    public static string Of(TimeSpan age) => age.TotalSeconds switch
    {
        < 0 => "0 s",
        < 90 => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalSeconds} s"),
        < 5400 => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalMinutes} min"),
        < 172800 => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalHours} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)age.TotalDays} days"),
    };

    /// <summary>A time for people, in UTC.</summary>
    public static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A time element, for people and for machines.</summary>
    public static HtmlText Time(this HtmlText html, DateTimeOffset time, string? text = null)
        => html.Element("time", text ?? Time(time), ("datetime", StatusPageJson.Rfc3339(time)), ("title", text is null ? null : Time(time)));

    /// <summary>A status' icon, with its name for those who do not see it.</summary>
    public static HtmlText Icon(this HtmlText html, ServiceStatus status)
    {
        string name = status.Name().ToLowerInvariant();
        return html.Open("svg", ("class", $"icon status-{name}"), ("role", "img"), ("aria-label", status.Text()))
            .Element("title", status.Text()).Empty("use", ("href", $"#icon-{name}")).Close();
    }

    /// <summary>A name that may break behind each dot.</summary>
    public static HtmlText Breakable(this HtmlText html, string name)
    {
        string[] parts = name.Split('.');
        for (int i = 0; i < parts.Length; i++)
        {
            html.Text(i < parts.Length - 1 ? parts[i] + "." : parts[i]);
            if (i < parts.Length - 1) html.Empty("wbr");
        }

        return html;
    }
}

using System.Text.Json;
using Cvmfs.Net.Monitoring.Fleet.Dashboards;

namespace Cvmfs.Net.Monitoring.Fleet.Rendering;

/// <summary>Dashboards in the JSON model of Grafana. Ids and places follow from the order alone.</summary>
internal static class GrafanaOutput
{
    private const int Columns = 24;
    private const int SchemaVersion = 39;

    public static IEnumerable<RenderedFile> Render(FleetDescription fleet) => Dashboard.All.SelectMany(board => RenderedFile.OfJson(fleet, $"grafana/{board.Uid}.json", json => Write(json, fleet, board)));

    private static void Write(Utf8JsonWriter json, FleetDescription fleet, Dashboard board)
    {
        json.WriteStartObject();
        json.WriteString("uid", board.Uid);
        json.WriteString("title", $"{fleet.Name}: {board.Title}");
        json.WriteString("description", board.What);
        json.WriteTexts("tags", ["cvmfs", "generated"]);
        json.WriteNumber("schemaVersion", SchemaVersion);
        json.WriteNumber("version", 1);
        json.WriteBoolean("editable", false);
        json.WriteNumber("graphTooltip", 1);
        json.WriteString("refresh", "1m");
        json.WriteString("timezone", "utc");
        json.WriteStartObject("time");
        json.WriteString("from", "now-24h");
        json.WriteString("to", "now");
        json.WriteEndObject();
        WriteLinks(json, board);
        WriteVariables(json, fleet, board);
        json.WriteStartArray("panels");
        int id = 1, y = 0;
        foreach (var (heading, panels) in board.Rows)
        {
            WriteRow(json, heading, id++, y++);
            y = WritePanels(json, panels, ref id, y);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>From left to right; a panel that does not fit begins a new line.</summary>
    private static int WritePanels(Utf8JsonWriter json, Panel[] panels, ref int id, int y)
    {
        int x = 0, height = 0;
        foreach (var panel in panels)
        {
            if (x + panel.Width > Columns || (x > 0 && panel.Height != height))
            {
                y += height;
                x = 0;
            }

            height = panel.Height;
            WritePanel(json, panel, id++, x, y);
            x += panel.Width;
        }

        return y + height;
    }

    private static void WriteLinks(Utf8JsonWriter json, Dashboard board)
    {
        json.WriteStartArray("links");
        foreach (var other in Dashboard.All.Where(other => other.Uid != board.Uid))
        {
            json.WriteStartObject();
            json.WriteString("type", "link");
            json.WriteString("title", other.Title);
            json.WriteString("tooltip", other.What);
            json.WriteString("url", $"/d/{other.Uid}");
            json.WriteBoolean("keepTime", true);
            json.WriteBoolean("includeVars", true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteVariables(Utf8JsonWriter json, FleetDescription fleet, Dashboard board)
    {
        json.WriteStartObject("templating");
        json.WriteStartArray("list");
        json.WriteStartObject();
        json.WriteString("name", "datasource");
        json.WriteString("label", "Prometheus");
        json.WriteString("type", "datasource");
        json.WriteString("query", "prometheus");
        json.WriteEndObject();
        foreach (var (name, query, isMulti) in board.Variables)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            json.WriteString("type", "query");
            WriteSource(json);
            json.WriteString("definition", query);
            json.WriteStartObject("query");
            json.WriteString("query", query);
            json.WriteString("refId", name);
            json.WriteEndObject();
            json.WriteNumber("refresh", 2); // when the range of time changes
            json.WriteNumber("sort", 1);
            json.WriteBoolean("multi", isMulti);
            json.WriteBoolean("includeAll", isMulti);
            json.WriteStartObject("current");
            string first = name == "environment" ? fleet.MainEnvironment : isMulti ? "All" : "";
            if (first.Length > 0)
            {
                json.WriteString("text", first);
                json.WriteString("value", first == "All" ? "$__all" : first);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteRow(Utf8JsonWriter json, string heading, int id, int y)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("type", "row");
        json.WriteString("title", heading);
        json.WriteBoolean("collapsed", false);
        WritePlace(json, 0, y, Columns, 1);
        json.WriteStartArray("panels");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePanel(Utf8JsonWriter json, Panel panel, int id, int x, int y)
    {
        json.WriteStartObject();
        json.WriteNumber("id", id);
        json.WriteString("type", panel.Kind);
        json.WriteString("title", panel.Title);
        json.WriteString("description", panel.What);
        WritePlace(json, x, y, panel.Width, panel.Height);
        WriteSource(json);
        json.WriteStartObject("fieldConfig");
        json.WriteStartObject("defaults");
        json.WriteString("unit", panel.Unit);
        if (panel.Bad is { } bad) WriteThresholds(json, bad, panel.IsBadBelow);
        json.WriteEndObject();
        json.WriteStartArray("overrides");
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("options");
        if (panel.Kind == "stat")
        {
            json.WriteStartObject("reduceOptions");
            json.WriteTexts("calcs", ["lastNotNull"]);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteStartArray("targets");
        for (int i = 0; i < panel.Queries.Length; i++) WriteQuery(json, panel, i);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteQuery(Utf8JsonWriter json, Panel panel, int number)
    {
        json.WriteStartObject();
        json.WriteString("refId", ((char)('A' + number)).ToString());
        WriteSource(json);
        json.WriteString("expr", panel.Queries[number].Expression);
        json.WriteTextIfAny("legendFormat", panel.Queries[number].Legend);
        if (panel.Kind != "timeseries") json.WriteBoolean("instant", true);
        if (panel.Kind == "table") json.WriteString("format", "table");
        json.WriteEndObject();
    }

    private static void WriteThresholds(Utf8JsonWriter json, double bad, bool isBadBelow)
    {
        json.WriteStartObject("thresholds");
        json.WriteString("mode", "absolute");
        json.WriteStartArray("steps");
        json.WriteStartObject();
        json.WriteString("color", isBadBelow ? "red" : "green");
        json.WriteNull("value");
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("color", isBadBelow ? "green" : "red");
        json.WriteNumber("value", bad);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePlace(Utf8JsonWriter json, int x, int y, int width, int height)
    {
        json.WriteStartObject("gridPos");
        json.WriteNumber("x", x);
        json.WriteNumber("y", y);
        json.WriteNumber("w", width);
        json.WriteNumber("h", height);
        json.WriteEndObject();
    }

    private static void WriteSource(Utf8JsonWriter json)
    {
        json.WriteStartObject("datasource");
        json.WriteString("type", "prometheus");
        json.WriteString("uid", "${datasource}");
        json.WriteEndObject();
    }
}

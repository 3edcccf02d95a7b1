//! A window that shows the colony: the grid with food and creatures, and the statistics. It only asks the HTTP
//! interface of the coordinator and of the backends, and changes nothing.

mod poll;

use std::process::ExitCode;

use eframe::egui::{self, Color32, ColorImage, TextureHandle, TextureOptions};
use shared::settings;
use shared::world::{Cell, Row};

use crate::poll::{Picture, Poller};

fn main() -> ExitCode {
    let default = settings::address("127.0.0.1", settings::COORDINATOR_PORT);
    let coordinator = match std::env::args().nth(1) {
        None => default,
        Some(argument) if !argument.starts_with('-') => argument,
        Some(_) => {
            eprintln!("usage: gui [COORDINATOR_HOST:PORT], by default {default}");
            return ExitCode::from(2);
        }
    };
    let create = move |context: &eframe::CreationContext<'_>| {
        let poller = Poller::spawn(coordinator, context.egui_ctx.clone())?;
        Ok(Box::new(Viewer { poller, grid: None, shown: 0 }) as Box<dyn eframe::App>)
    };
    match eframe::run_native("colony", eframe::NativeOptions::default(), Box::new(create)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cannot open the window: {error}");
            ExitCode::FAILURE
        }
    }
}

struct Viewer {
    poller: Poller,
    grid: Option<TextureHandle>,
    /// Number of the picture that the grid shows.
    shown: u64,
}

impl eframe::App for Viewer {
    fn update(&mut self, context: &egui::Context, _frame: &mut eframe::Frame) {
        let picture = self.poller.latest();
        if picture.number != self.shown {
            self.shown = picture.number;
            self.grid = paint(&picture.rows).map(|image| context.load_texture("grid", image, TextureOptions::NEAREST));
        }
        egui::SidePanel::left("statistics").show(context, |ui| describe(ui, &picture));
        egui::CentralPanel::default().show(context, |ui| match &self.grid {
            Some(grid) => {
                ui.add(egui::Image::new(grid).fit_to_exact_size(ui.available_size()).maintain_aspect_ratio(true));
            }
            None => {
                ui.label("There are no rows to show.");
            }
        });
    }
}

fn describe(ui: &mut egui::Ui, picture: &Picture) {
    ui.heading("Colony");
    if let Some(problem) = &picture.problem {
        ui.colored_label(Color32::LIGHT_RED, problem);
    }
    if let Some(statistics) = &picture.statistics {
        ui.label(format!("{:?}, tick {}", statistics.phase, statistics.tick));
        ui.label(format!("last tick took {:.1} ms", statistics.tick_ms));
        ui.label(format!("{} creatures, energy {}", statistics.census.creatures, statistics.census.energy));
        ui.label(format!("{} units of food", statistics.census.food));
        ui.monospace(&statistics.world_hash);
    }
    if let Some(topology) = &picture.topology {
        ui.separator();
        ui.label(&topology.detail);
        for strip in &topology.strips {
            ui.label(format!("{}: {} rows from {}", strip.backend, strip.rows, strip.first_row));
        }
        for lost in &topology.lost {
            ui.label(format!("lost {}", lost.backend));
        }
    }
}

/// One pixel per cell; nothing when there is no row or when the rows are of different widths.
fn paint(rows: &[Row]) -> Option<ColorImage> {
    let width = rows.first()?.len();
    let pixels: Vec<Color32> = rows.iter().flatten().map(color).collect();
    (pixels.len() == width * rows.len()).then(|| ColorImage::new([width, rows.len()], pixels))
}

/// Food is green; a creature is orange, and the brighter the more energy it has.
fn color(cell: &Cell) -> Color32 {
    if cell.energy > 0 {
        let glow = 135_u8.saturating_add(cell.energy.saturating_mul(2));
        Color32::from_rgb(glow, glow / 2, 0)
    } else {
        Color32::from_rgb(0, cell.food.saturating_mul(20), 0)
    }
}

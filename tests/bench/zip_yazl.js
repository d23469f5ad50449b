// A folder into a zip with what the AWS CDK packs its assets with: yazl, each file with one date.
//   node zip_yazl.js FOLDER FILE.zip
"use strict";
const fs = require("fs");
const path = require("path");
const yazl = require("yazl");

const [folder, out] = process.argv.slice(2);
const zip = new yazl.ZipFile();

function add(relative) {
  for (const name of fs.readdirSync(path.join(folder, relative)).sort()) {
    const below = relative ? `${relative}/${name}` : name;
    const stat = fs.statSync(path.join(folder, below));
    if (stat.isDirectory()) add(below);
    else zip.addFile(path.join(folder, below), below, { mtime: new Date(315532800000), mode: stat.mode });
  }
}

add("");
zip.outputStream.pipe(fs.createWriteStream(out));
zip.end();

// FLAG ids and their holders, one a line. Generated from the list of wmbusmeters/wmbusmeters
// (src/manufacturers.h, CC0-1.0); longer than other files because it is a table.

export const flagTable = `AAA Aventies, Germany
AAB Milas
ABB ABB, Sweden
ABC Paya Energy
ABN ABN Braun, Germany
ABR ABB, Czech Republic
ACA Acean, France
ACB AcBel Polytech, Taiwan
ACC Accurate, Pakistan
ACE Actaris Electricity, France
ACG Actaris Gas, France
ACH Acantho, Italy
ACL Aclara Meters UK, United Kingdom
ACN ACN Advanced Communications Networks, Switzerland
ACS Tianjin Chuangshi Technology Developing, China
ACT Activis Metering, Germany
ACW Actaris Water and Heat, France
ADA Andrea Informatique, France
ADD ADD Production, Moldova
ADE Yantai Aerospace Delu Energy saving Technology, China
ADF ADFweb com, Italy
ADN Aidon, Finland
ADR Adrem Engineering, Romania
ADU Adunos, Germany
ADV Advant
ADX ADD Production, Moldova
AEA Abam Electronic Alborz, Iran
AEC Advance Electronics Company, Saudi Arabia
AEE Atlas Electronics, Serbia
AEG AEG
AEI Ajay Electrical Industries, India
AEL Kohler, Turkey
AEM S C AEM, Romania
AEN ADVANCED ENERGY MANAGEMENT SOLUTIONS, Nigeria
AER Aerzener Maschinenfabrik, Germany
AES ALFANAR ELECTRICAL SYSTEM, Saudi Arabia
AFS AFSONA INVEST, Uzbekistan
AFX Alflex Products, Netherlands
AGE AccessGate, Sweden
AGI PT Armitec Electrical Systems, Indonesia
AGT Agnitio Technologies, India
AHV aventies, Germany
AHX Sepanta Electronic Tabarestan, Iran
AIC Avastu Creations, India
AIM Ningbo Aimei Meter Manufacture, China
AKK MAximum, Moldova
AKU Akanksha Power and Infrastructure, India
ALC Zenner Gas, Italy
ALE AEROSPACE LIANGLI ELECTRIC, China
ALF Alfatech Elektromed Elektronik, Turkey
ALG Algodue Elettronica, Italy
ALH ALFANAR ELECTRICAL SYSTEM, Saudi Arabia
ALK Actislink, Poland
ALL Allied Engineering Works, India
ALP Alphion, India
ALR Algorab, Italy
ALT Amplitec, Germany
ALV Alvicom, Hungary
AMB Wurth Elektronik eiSos, Germany
AMC Arch Meter Corporation, Taiwan
AMD KEPID AMSTECH, South Korea
AME Avon Meters, India
AMG ANTE METER GROUP, China
AMH AmiHo, United Kingdom
AMI AMI Tech I, India
AML Eon Electric, India
AMP Ampy Automation Digilog
AMR Actislink, Poland
AMS Zhejiang Joy Electronic Technology, China
AMT INTEGRA METERING
AMX APATOR METRIX, Poland
ANA Anacle Systems, Singapore
AND Andis, Slovakia
ANE AN electronic, Czech Republic
ANZ Anhui Nari Zenith Electricity Electronic
AOM Aquametro Oil Marine, Switzerland
AON ASTRON, Slovenia
APA Apator, Poland
APL APLI, Slovakia
APO Apolis, Germany
APR Apronecs, Bulgaria
APS Apsis Kontrol Sistemleri, Turkey
APT Apator, Poland
APX Amplex, Denmark
AQA ACTAQUA, Germany
AQL Aqualoc, South Africa
AQM INTEGRA METERING, Switzerland
AQN Aquantia, Italy
AQT Aquatherm PPH, Poland
AQU Aquamess, Germany
ARA Aranha, United Kingdom
ARC Arcelik, Turkey
ARD Arad Group, Israel
ARE Archai Electronics, South Korea
ARF ADEUNIS RF, France
ARG ARGO group of companies, Russian Federation
ARH PT Armitec Electrical Systems, Indonesia
ARK Arkon Flow Systems, Czech Republic
ARM Arivus metering, Germany
ARQ ARQIVA, United Kingdom
ARS ADD, Bulgaria
ART Electrotecnica Arteche Smart Grid, Spain
ARW Arrow Electronics, India
ARX Aras Mercu Sdn Bhd, Malaysia
ASA Asac, Italy
ASC A2A Smart City, Italy
ASD AS DAQ SYSTEMS, India
ASG Meter technology Company, Saudi Arabia
ASH Basic Electronics Company, Saudi Arabia
ASJ ACCUMET SOLUTIONS, India
ASM Adya Wifi Metering, India
ASR Erelsan Elektrik ve Elektronik, Turkey
AST ASTINCO, Canada
ASY Arvato Systems Digital, Germany
ATA Alcansar OElcum ve Otomasyon Sistemleri, Turkey
ATE ADVANCE TECHNOLOGY AND ELECTRICS COMPANY LIMTED, Thailand
ATF AKTIF OTOMASYON STI, Turkey
ATI Analogics Tech, India
ATL Atlas Elektronik, Turkey
ATM Atmel SAU, Spain
ATS Atlas Sayac Sanayi, Turkey
AUR Aurum Europe, Netherlands
AUT Aiut, Poland
AUX Ningbo Sanxing Smart Electric, China
AVA Avangard JSC, Russian Federation
AVE ASHTAVINAYAKA ENERGY INFRA, India
AXI Axioma Metering UAB, Lithuania
AXS AXSEM, Switzerland
AYS Euromet Stl, Turkey
AZE AZEL Electronics, Turkey
BAM Bachmann, Germany
BAR Baer Industrie Elektronik, Germany
BAS BASIC INTELLIGENCE TECHNOLOGY, China
BBE Bentec Bhartia Engineers, India
BBS BBS Electronics, Singapore
BCE ShenZhen B C Electronic, China
BCR Jiangsu Bingchen Electronics, China
BEA Baer Energy Automation, Germany
BEE Bentec, India
BEF BEFEGA, Germany
BEG begcomm Communication, Sweden
BEL Belassitsa AD, Bulgaria
BEN BEENIC, Germany
BER Bernina Electronic, Switzerland
BFW BFW Buero fuer Waermemesstechnik OHG, Germany
BHG Brunata, Denmark
BIM BEAM INFOTECH, India
BJY Beijing JOYO smart water meter, China
BKB Boendekomfort, Sweden
BKO Beko Elektronik, Turkey
BKT Bekto Precisa, Bosnia and Herzegovina
BLM BELIMO Automation, Switzerland
BLU Bluering, Italy
BMA Byte Machine, Slovakia
BME Beifeng, Germany
BMI Badger Meter, United States of America
BMP BMETERS Polska, Poland
BMT BMETERS, Italy
BNR Beijing Banner Electric, China
BOV Zhejiang Bove Intelligent Technology, China
BPM Aadharshila Mobility Solutions, India
BRA Brandes, Germany
BRC BRICK4U, Germany
BRN Bruntab Energy, Iran
BRT BEREKET TEKNOLOJAE K A LA A M SAE STEMLERAE BAE L ELK AE NAA AE TH AE HR SAN VE TAE C AA TAE, Turkey
BRU Klaus Bruchmann, Germany
BSC Sanaye Sanjesh Energy Behineh Sazan Toos, Iran
BSD BSED, Germany
BSE Basari Elektronik, Turkey
BSI Bundesamt fur Sicherheit in der Informationstechnik BSI, Germany
BSM Bluestar Electrical Meter Research Institute, China
BSP Byucksan Power, South Korea
BSS Baylan Su SayaA larAE, Turkey
BST BESTAS Elektronik Optik, Turkey
BSX BS Messtechnik, Germany
BSY Aktif Enerji AE nsaat Sanayi ve Ticaret Sirketi, Turkey
BTA Buta Elektromekanik, Turkey
BTL BIT LAB
BTM Bharatech Smart Industrial, India
BTR RIA BTR Produktions, Germany
BTS Basari Teknolojik Sistemler, Turkey
BUR Bopp und Reuther Messtechnik, Germany
BUY BUYI TECHNOLOGOY, China
BXC Beijing Fuxing Xiao Cheng Electronic Technology Stock Xisanhuan Beilu, China
BYD BYD Company, China
BYL Baylan, Turkey
BYW Baylan Water Meters, Turkey
BZR Gebr Bauer, Germany
CAB Cabtronix, Switzerland
CAD CADIS, Belgium
CAH MAEC GROUPE CAHORS, France
CAL Caleffi, Italy
CAN PT CANNET ELEKTRIK, Indonesia
CAR CARI Electronic, France
CAT Cubes And Tubes, Finland
CAV CaveTronic, Poland
CBF ELECTRICAL CIRCUIT BREAKER FACTORY FOR INDUSTRY ECB, Saudi Arabia
CBI Circuit Breaker Industries, South Africa
CBS CB Svendsen, Denmark
CCP 1334816, Canada
CCS Chetas Control Systems, India
CDA Centre for Development of Advanced Computing, India
CDL Customised Data, United Kingdom
CDT CENTRE FOR DEVELOPMENT OF TELEMATICS, India
CEB Cebyc, Norway
CED CEDARNET, France
CEG Consolinno Energy, Germany
CEH Tosee Garan Sanjesh Energy Hoshmand, Iran
CEL Creative Electronics, Pakistan
CEM YAVUZ METAL SANAYI VE TICARET, Turkey
CET Cetinkaya Aydinlatma, Turkey
CFL CF Smart Technologies, Pakistan
CGC Contor Group, Romania
CGO Cavagna Group, Italy
CHA Charles Technology Research, Taiwan
CHC CHUN IL INSTRUMENT, South Korea
CHE Shandong Chenhui Electronic Technology, China
CHM Chung Hsin Electric and Machinery Manufacturing, Taiwan
CHS Smart Services International, Switzerland
CIC CHALLENGE INDUSTRIAL, Taiwan
CIR Circutor, Spain
CJS CJS Technology, United Kingdom
CKT CKT Elektrik Elektronik Sanayi ve Ticaret, Turkey
CLA 3g celllabs, India
CLB CMC, Italy
CLE Shen Zhen Clou Electronics, China
CLO Clorius Raab Karcher Energi Service
CLS Celsa Messgeraete, Germany
CLT Zhuhai S E Z Calintech Electric, China
CLX CLK IPEKYOLU LOJISTIK VE TICARET A AA, Turkey
CLY Clayster, Sweden
CMC CMC EKOCON, Slovenia
CMP CM Partner, South Korea
CMS CMS Computers
CMT CMOSTEK MICROELECTRONICS, China
CMV Comverge, United States of America
CNM COSTEL, South Korea
CNU CNU Global, South Korea
COH COHEAT Future Business Centre, United Kingdom
COM COMMON, Poland
CON Conlog
CPG CentraPlus, Germany
CPL CPL CONCORDIA Soc Coop, Italy
CPO C3PO, Spain
CPS CAPITAL POWER SYSTEMS, India
CQC Yueqing Qicheng Electric, China
CRD CRDM DEVELOPPEMENTS, France
CRT CRDM Technology, France
CRW Xuzhou Runwu Science and Technology Development, China
CRX Corinex Communications, Canada
CRY Crystal Power, India
CSC CHUBUSEIKI, Japan
CSL Comsel System, Finland
CSP CSP Innovazione nelle ICT, Italy
CSW Critical Software, Portugal
CTE COSTER T E, Italy
CTL Cyan Technology, United Kingdom
CTP Cabcon Technologies, India
CTQ Control Q, Netherlands
CTR Contar Electronica Industrial, Portugal
CTT DLMS User Association Conformance, Switzerland
CTX Contronix, Germany
CUB Cubic Sensor and Instrument, China
CUC Cuculus, Germany
CUR CURRENT Group, United States of America
CWA CompWell, Sweden
CWI Cewe Instrument, Sweden
CWV CMEC Electric Import Export, China
CYE Quanzhou Chiyoung Electronics Technology, China
CYI QUANZHOU CHIYOUNG INSTRUMENT, China
CYN Cynox Weinart Engineering, Germany
CZA Contadores de Agua de Zaragoza, Spain
CZM Cazzaniga
DAE DAE, Italy
DAF Daf Enerji Sanayi ve Ticaret, Turkey
DAN Danubia
DBD DBD Water Systems, India
DBE Decibels Electronics P Decibels Electronics, India
DCD Delhi Control Devices, India
DCO diaeco wave company, Iran
DCZ decarbon, Germany
DDE D D Elettronica, Italy
DDI DD Infraventures, India
DDL DONGDO LMS, South Korea
DDM Delta Dore, France
DEA Dea HT, Italy
DEC DECODE Data Communications, Serbia
DEI DevSys Embedded Technology, India
DEL DELTAMESS DWWF, Germany
DEN Ducati Energia, Italy
DES Desi Alarms, Turkey
DEV Develco Products, Denmark
DFE Dongfang Electronics, China
DFS Danfoss
DGC Digicom, Italy
DGI Digi International
DGM Diehl Metering, Germany
DGY Discovergy, Germany
DHA Shanghai dahua measuring auto control instruments manufactory, China
DHQ YIDU Smart Technology Beijing, China
DIE Dielen, Germany
DIG Digutal Request, Germany
DIL DECCAN INFRATECH LIMETED, India
DJA De Jaeger Automation, Belgium
DKY Electric Power Research Institute of Guangdong Power Grid Corporation, China
DLX Delixi Group Instruments Meters, China
DMC DMC International, United Arab Emirates
DME DIEHL Metering, Germany
DMG DIINNO, Germany
DMI Dualmicro Measurement Technologies, Netherlands
DMO BEENIC, Germany
DMP DM Power, South Korea
DMS Digilog Micro Solutions, India
DNB Dana Sanjesh o Bargh Danaab, Iran
DNC Dongnam, South Korea
DNO DENO, Croatia
DNT Dr Neuhaus Telekommunikation, Germany
DNV DNV GL, Netherlands
DOJ Suzhou Dojustek Intelligent Technology, China
DOM Domat Control System, Czech Republic
DOS Metsec Cables, Kenya
DPM DELTA PRIMA METERING SDN BHD
DPP DECCAN POWER PRODUCTS, India
DRC DURECOM, South Korea
DRP DBD WATER SYSTEMS, India
DRT DRESSER Italia, Italy
DSE Digitech Systems and Engineering, India
DSM Desimal Elektronik Muhendislik San ve Tic, Turkey
DST Shenzhen Donsun Technology, China
DTE DanTaet, Denmark
DUA DLMS User Association, Switzerland
DUS Dresser Utility Solutions, Germany
DVE DEV ENERGY, Morocco
DVG Device, Germany
DVL devolo, Germany
DWT Hangzhou elecwatt Technology, China
DWY Dwyer Instruments, United States of America
DWZ Lorenz, Germany
DZG DZG Metering, Germany
EAA Electronic Afzar Azma, Iran
EAD EAD Energieabrechnungssysteme
EAH Endress Hauser, Germany
EAS EAS Elektronik San Tic, Turkey
EBE Ebeco, Sweden
EBK Biesenthal, Germany
EBV EBV Elektronik, Germany
EBZ eBZ, Germany
ECA ECO ADAPT, France
ECB ELECTRICAL CIRCUITT BREAKER FACTORY FOR INDUSTRY, Saudi Arabia
ECC Energycare Company, Saudi Arabia
ECH Networked Energy Services Corporation, United States of America
ECI ECIL, India
ECL Electronics Corporation of, India
ECM Ecomess, Poland
ECO Engie BtoC Smart program, France
ECS Herholdt Controls, Italy
EDI Enel Distribuzione Via Ombrone, Italy
EDM EDMI
EDP Electro Digital Meter Project Management Services, United Arab Emirates
EEC ESCO, Poland
EEE 3E, Italy
EEI ELSOURCE, India
EEM Electrify Energy, India
EEO Eppeltone Engineers, India
EEP ELECTRONET EQUIPMENT, India
EES Eletra Industria e Comercio de Medidores Eletricos, Brazil
EFA EFACEC Engenharia e Sistemas, Portugal
EFE Engelmann Sensor, Germany
EFI Efimatic Iberica, Spain
EFN EFEN, Germany
EFR Europaeische Funk Rundsteuerung, Germany
EFS EFSYS, France
EFX Enerflux, India
EGA eGain International, Sweden
EGC Ekbatan Gas Control, Iran
EGD EcoGuard, Sweden
EGM Elgama Elektronika, Lithuania
EGO EWE Go, Germany
EGP Meters Company EMC, Egypt
EGT Enegate, Japan
EGW Enermess Energie Mess und Servicedienste, Germany
EGY ian Smart Meter Company, Egypt
EHL Secure Meters
EHS Endress Hauser SICK, Germany
EIC Elite Experts Industry Company, Saudi Arabia
EIE Ei Electronics, Ireland
EIG Eigensonne, Germany
EIP Elmeasure, India
EIS ENERGY INTEGRATED TECH SOLUTIONS, Botswana
EIT EnergyICT, Belgium
EKA Eka Systems, United States of America
EKF EKF, Russian Federation
EKO EKOLIS, France
EKS DAE CLE KA K ENERJAE YATIRIM A AA
EKT PA KVANT J S, Russian Federation
ELC CJSC EMIS, Russian Federation
ELD Elektromed Elektronik, Turkey
ELE Elster Electricity, United States of America
ELG Elgas, Czech Republic
ELL Energy Plus, Russian Federation
ELM Elektromed Elektronik, Turkey
ELO ELO Sistemas Eletronicos, Brazil
ELP ElectroPlus, Iran
ELQ ELEQ, Germany
ELR Elster Metering, United Kingdom
ELS Elster, Germany
ELT ELTAKO, Germany
ELU Elupi Elektronik Elektrik, Turkey
ELV Elvaco, Sweden
ELY Elektroniksystem i Umeaa, Sweden
EMB Embit, Italy
EMC Embedded Communication Systems, Switzerland
EME SC Electromagnetica, Romania
EMF IT Beratung Energiemanagement Flammang, Germany
EMH EMH metering formerly EMH Elektrizitatszahler
EMI Entorno Inteligente de Medicion, Spain
EML Emlite, United Kingdom
EMM Email Metering, Australia
EMO Enermet
EMR CJSC Energomera, Russian Federation
EMS EMS PATVAG, Switzerland
EMT Elster Messtechnik, Germany
EMU EMU Elektronik, Switzerland
ENC ENSYCO ETHIOPIA ELECTRICITY METER MANUFACTURING, China
END ENDYS
ENE ENERDIS, France
ENG ENER G Switch, United Kingdom
ENH ENMAS, Germany
ENI entec innovations, Germany
ENL ENEL, Serbia
ENM ENLITE SMART SOLUTIONS, India
ENN Enernet, South Korea
ENO ennovatis, Germany
ENP Kiev Polytechnical Scientific Research
ENR Energisme
ENS ENSO NETZ, Germany
ENT ENTES Elektronik, Turkey
ENX Enetronx, Germany
EPI EPI USE AFRICA, South Africa
EPL Escorts, Pakistan
EPT Energy Prospect Technologies, Spain
ERE Enermatics Energy, South Africa
ERI Easun Reyrolle, India
ERL Erelsan Elektrik ve Elektronik, Turkey
ERN Ericsson Telecomunicazioni, Italy
ERS Eurosys, Bulgaria
ERW Everrenew Energy, India
ESA ESAC, Italy
ESC EDMI Shenzhen, China
ESD Edelstrom Electronic Devices and Designing, United Arab Emirates
ESE ESE Nordic, Sweden
ESG ESG, South Korea
ESH EMSYCON, Germany
ESI Monosan Monofaze Elektrik Motorlari, Turkey
ESL Esyasoft Landis and Gyr, India
ESM Monosan Monofaze Elektrik Motorlari, Turkey
ESN Zhejiang Eastron Electronic, China
ESO Monosan Monofaze Elektrik Motorlari, Turkey
ESP EFICAA ENSMART SOLUTIONS, India
ESR Ensor, Switzerland
ESS Energy Saving Systems, Ukraine
ESV ESKA VALVE, Turkey
ESY EasyMeter
ETD Energy Team, Italy
ETK ELTEK BROJILA, Croatia
ETO Sphere of economical technologies, Russian Federation
ETP Energotechnica
EUE E E Electronic, Austria
EUR Eurometers
EUS Ebeling und Sohn, Germany
EVD DREWAG NETZ, Germany
EVK EV KUR ELEKTRIK, Turkey
EVL Geothermique, United Kingdom
EVT EVThru, South Korea
EWA EWATTCH, France
EWE EWE, Germany
EWG EWG DOO, Serbia
EWS ENLESS WIRELESS
EWT Diehl Metering, Germany
EXS exceeding solutions, Germany
EXT LOTRIC Metrology, Slovenia
EYE Eco eye, United Kingdom
EYT Enerlyt Potsdam
EZL Enerzolve Smart Energy Technologies, India
FAC Fireangel Safety Technology, United Kingdom
FAE Fae Technology Company, Brazil
FAN Fantini Cosmi, Italy
FAR FARAB, Iran
FAS FAST, Italy
FAT Fardad azma toos, Iran
FED Federal Elektrik, Turkey
FEI FUJI ELECTRIC, India
FEM Fortune Electric, Taiwan
FFD Fast Forward, Germany
FID Fi Muhendislik, Turkey
FIM Frodexim, Bulgaria
FIN Finder, Germany
FIO Pietro Fiorentini, Italy
FLA FLASH ELECTRONICS, India
FLD Fludia, France
FLE XIAN FLAG ELECTRONIC, China
FLG FLOMAG, Czech Republic
FLO Flonidan, Denmark
FLS FLASH o s, Turkey
FLU SHANDONG FEILONG INSTRUMENT, China
FLW Fluidwell, Netherlands
FLX FLEXIM Flexible Industriemesstechnik, Germany
FMG Flow Meter Group, Netherlands
FML Siemens Measurements Formerly FML
FMM F IMM, Italy
FND findy IoT Solutions, Bulgaria
FNF FlowSystem, Poland
FNX Flownetix, United Kingdom
FOX FOXYTECH, Poland
FPL fifthplay, Belgium
FPR F Pribor, Belarus
FRC Shenzhen Friendcom Technology
FRE Frer, Italy
FRT Foritec, Germany
FRU OJSC NRPA FRUNZE, Russian Federation
FSE Flecto Sense, South Africa
FSP Finmek Space, Italy
FST FieldServer Technologies, United States of America
FSY FlowService, Poland
FTL Tritschler, Germany
FUN Micro Matic Norge, Norway
FUS Fuccesso, China
FUT first utility, United Kingdom
FWS FW Systeme, Germany
FYL Shanghai Fengyilong Electronic, China
FZK FUNZIN, South Korea
GAT GEPDEC SMART TECHNOLOGY, India
GAV Carlo Gavazzi Controls, Italy
GBJ Grundfoss
GBX GRIDBLOX, United States of America
GCE Genergica, Venezuela
GCG Goldcard Smart Group, China
GCT GridCrest Technologies, India
GCX grandcentrix, Germany
GDC GADICO TECNOLOGIAA
GDS InnoSense, Switzerland
GEC GEC Meters
GEE GE Energy, United Kingdom
GEL Industrial Technology Research Institute, Taiwan
GEN Goerlitz
GEO Green Energy Options, United Kingdom
GEP GEPDEC INFRATECH
GET Genus Electrotech, India
GEX Global Evolution Lighting, Tunisia
GFM GE Fuji Meter, Japan
GIL Genus Innovations, India
GIN Gineers, Bulgaria
GIO G GIOANOLA, Italy
GKA G K Assembly, Thailand
GKM George Kent Bhd, Malaysia
GLM GETRALINE, France
GLO NetLand, Poland
GLX Electrical Equipment Joint Stock Corporation, Vietnam
GMC GMC I Messtechnik, Germany
GME Global Metering Electronics, Netherlands
GMM Gamma International, Egypt
GMS Gity Madara Sepahan, Iran
GMT GMT, Germany
GNP GEPDEC ENERGY, India
GNY JiangSu GuoNeng Instrument Technology, China
GOE Genus Power Infrastructures, India
GOM Zhejiang Gomelong Meter, China
GOT NetLand Spolka z ograniczona odpowiedzialnoscia, Poland
GPM Polaris Smart Metering, India
GPT GINTAI POWER TECHNOLOGY, China
GRA Graesslin, Germany
GRD Greenradio
GRE GE2 Green Energy Electronics, Portugal
GRI Grinpal Energy Management, South Africa
GRN GREEN ENS, South Korea
GRP GlobalRnD, Poland
GRS Garderos, Germany
GRU G GURU, South Korea
GRV Gridventure Arge ve Teknoloji Pazarlama A AA, Turkey
GRX Gurux, Finland
GSD Genesis Smart Devices, India
GSE Gridspertise, Italy
GSP Ingenieurbuero Gasperowicz
GSS R D Gran System S, Belarus
GST Shenzhen Golden Square Technology, China
GTE GREATech, Germany
GTM G2 misuratori, Italy
GTR Globaltronics for Electronics E, Egypt
GTS GIGATRONIK Stuttgart, Germany
GUH ShenZhen GuangNing Industrial, China
GVL gAvilar, Netherlands
GWF Gas u Wassermesserfabrik, Switzerland
GWI George Wilson Industries Aldermans Green Industrial Estate, United Kingdom
HAG Hager Electro, Germany
HAK Hako, Slovakia
HBY HENAN HUABIAO INSTRUMENT TECHNOLOGY, China
HCE Hsiang Cheng Electric, China
HCM Hidroconta U, Spain
HDA Hidria, Slovenia
HDK Hydroko, Belgium
HDX Beijing TianRuiXiangDe Measuring Technology, China
HDY Dalian hundao instrument, China
HEG Hamburger Elektronik Gesellschaft
HEI Hydro Eco Invest, Poland
HEK Hexing Technology Company, Kenya
HEL Heliowatt
HEM Hokkaido Electric Meter Industry, Japan
HER Hermes Systems, Australia
HEW Honeywell Integrated Technology, China
HEX Shenzhen Hexcell Electronics Technology, China
HFI Nanjing Hu Measurement Control Technology, China
HFL HFIL Technologies
HFR SAERI HEAT METERING TECHNOLOGY, China
HGM HG meter, Denmark
HGP Hangzhou GreenPalm Technology, China
HHE HAUSHELD, Germany
HHM Chongqing Huahong Metering, China
HIE Shenzhen Holley South Electronics Technology, China
HIN huebner Informationselektronik, Germany
HIT ABB, Poland
HJM Huaihua Jiannan Machinery Factory, China
HKK Hokuriku Instrumentation, Japan
HKT Heklatech, Sweden
HLD Hildebrand Technology, United Kingdom
HLE Shenzhen Hopeland Technologies, China
HLT Hangzhou Laison Technology, China
HLY Holley Metering
HMI HMI Energy, Taiwan
HML Holley Technology, China
HMS Hermes Systems, Australia
HMT Hangzhou Meteronic Technology, China
HMU Hugo Muller, Germany
HNA Houshmand Namayeh Afraz, Iran
HND Shenzhen Hemei Group, China
HNN Houshmand Namayeh Afraz, Iran
HOE HOENTZSCH, Germany
HOL Holosys, Croatia
HON Honeywell Technologies, Switzerland
HOP Shenzhen Hopeland Technologies, China
HOY Holley Meters, India
HPL HPL Socomec, India
HPM HANGZHOU HPM COMPANY, China
HQL H Q LAMPS MANUFACTURING, India
HRM Hefei Runa Metering, China
HRS HomeRider, France
HRZ HERZ Messtechnik, Germany
HSD Ningbo Histar Meter Technology, China
HST HST Equipamentos Electronicosa
HSX HST, Germany
HTC Horstmann Timers and Controls
HTE Hexing Technologies Europe, Romania
HTI Shandong Hetong Information Technology, China
HTL Ernst Heitland Erlenstr, Germany
HTS HTS Elektronik
HTY HELIOTY, Italy
HUK Helbeck Kusemann, Germany
HUM Humanlitech, Ghana
HVG Hekatron Vertriebs, Germany
HVT Helvatron, Switzerland
HWC Qingdao Hiwits Meter, China
HWM Beijing Hongwei Chaoda Instrument Manufacturing, China
HWT Huawei Technologies, China
HXD Beijing HongHaoXingDa Meters, China
HXE Hexing Electrical, China
HXT HEXIN HONGKONG TECHNOLOGY, China
HXW Hangzhou Xili Watthour Meter Manufacture, China
HYC Zhejiang Hengye Electronics, China
HYD Diehl Metering, Germany
HYE Zhejiang Hyayi Electronic Industry, China
HYG Diehl Metering, Germany
HYM Zhejiang Hengye Electronics, China
HYS Hydrelis
HYT Zhejiang Hengye Electronics, China
HZC TANGSHAN HUIZHONG INSTRUMENTATION, China
HZI TANGSHAN HUIZHONG INSTRUMENTATION, China
HZZ Huizhou Zhongcheng Electronic Technology, China
IAC INHEMETER AFRICA COMPANY, Kenya
IBE IBOT ENERGY SYSTEMS, India
IBG ITI BANGALORE PLANT, India
IBT Ikom Bilisim Teknolojileri, Turkey
ICB Inscobee, South Korea
ICE Icoal incorporated, United States of America
ICK I C Technology, South Korea
ICM Intracom, Greece
ICP PT Comnets Plus, Indonesia
ICS ICSA, India
ICT International Control Metering Technologies, Germany
ICU i cube, Switzerland
IDE IMIT
IDS IDS, Germany
IEC leonnardo Corporation, Ukraine
IEE I E Electromatic, Spain
IEI Informage Energy, India
IEN Institute of Power Engineering, Poland
IES Integrated Electronic Systems Lab, China
IFC infocon, Montenegro
IFX Infineon Technologies, Germany
IGE INDKOSQUARE GLOBAL ENGINEERING, India
IGM ITALGAS RETI, Italy
IGR iGridS Hebelweg, Germany
IGS I G S DATAFLOW, Italy
IHM Shenzhen Inhemeter, China
IID PT Industri Telekomunikasi Persero / PT INDUSTRI TELEKOMUNIKASI Persero, Indonesia
IIF Westenergie Metering, Germany
IJE ILJIN Electric, South Korea
IJK IJENKO, France
IKE IK Elektronik Friedrichsgruener Str, Germany
IKM Ikom, Croatia
IKO AE KOM BiliAA im Teknolojileri A AA, Turkey
IKS IKASIAN, Spain
IMC madar, Iran
IME Fellows, Poland
IMR iMeter, Ukraine
IMS IMST, Germany
IMT INTEGRA METERING, Switzerland
IMZ iMezr Innovations, India
INC Incotex, Russian Federation
IND INDRA SISTEMAS, Spain
INE INNOTAS Elektronik, Germany
INF Infometric, Sweden
INI Altero, Sweden
INM Inepro Metering, Netherlands
INN INNEXIV, United States of America
INO Indotech Switchgear Controls Delhi, India
INP INNOTAS Produktions, Germany
INS INSYS MICROELECTRONICS, Germany
INT Infranet Technologies, Germany
INV Sensus Metering Systems, Germany
INX Innolex Engineering, Netherlands
IOM IOmeter, Germany
ION Ionics EMS, Philippines
IOT Trilliant Networks, Canada
IPD IPD Industrial Products, Australia
IQO Kwhiq, Netherlands
IQS IQ Systems, South Africa
IRE IREN Energia, Italy
ISA Isabellenhutte Heusler, Germany
ISE INESH SMART ENERGY P, India
ISF Investcom Szymon Fiedorowicz, Poland
ISI Akcionarsko Drustvo Insa Industrija Satova, Serbia
ISK Iskraemeco, Slovenia
ISO Isoil Industria, Italy
ISS Iskra, Slovenia
IST Ista
ISW iSAtech water, Germany
ITA iTrona, Switzerland
ITB Itron Solucoes para Energia e Aguaa, Brazil
ITC INTECH TUNISIE, Tunisia
ITE ITRON Electricity, France
ITF ITF Froeschl, Germany
ITG ITRON Gas, France
ITH INTELTEH, Croatia
ITI ITRON Asia, Indonesia
ITK Itron, Germany
ITL Indriya Technologies, India
ITM Intelligent Metering Systems, Pakistan
ITP M s ITI, India
ITR Itron
ITS ITRON Australasia, Australia
ITU ITRON United States Itron, United States of America
ITW ITRON Water, France
ITX IDEAL TECHNICAL SOLUTIONS, United Arab Emirates
ITZ ITRON, South Africa
IUS IUSA DE CV, Mexico
IVY IVY metering, China
IWD Inkwell Data, Ireland
IWK IWK Regler und Kompensatoren
IYI KAYI ENERGY Hacettepe Universitesi, Turkey
IZE iZenze, Sweden
JAC Jay Autocomponents, India
JAN Janitza electronics, Germany
JBF Beijing jingyibeifang instrument company
JCE Janz Contadores de Energia, Portugal
JED JED, South Korea
JGD tianjin guangdaweiye measuring instrument technology, China
JGF Janz Contagem e Gestao de Fluidos, Portugal
JGH ITSQUARE, South Korea
JHA Zhejiang JiaHe Instrument, China
JHM Changzhou Jianhu Intelligentize Meter, China
JJN BeiJing Fine Clean Enery Technology, China
JKW QingdaoJakewill Energy Technology, China
JMA Huizhou JMAO Intelligent Technology, China
JMT JM TRONIC, Poland
JMV JMV LPS NOIDA, India
JNC NINGBO JIANAN ELECTRONICS, China
JND J D Electronics, South Korea
JNJ JNJ POWERCOM SYSTEMS, India
JOY Zhejiang Joy Electronic Technology, China
JPM JPM INDUSTRIES, India
JSM Jining Goldwater Science Technology, China
JSO Schloesser Armaturen, Germany
JST JSTech, South Korea
JUM JUMO, Germany
JWH TIANJIN WANHUA, China
JWR Shandong jingwei telecommunications equipment, China
JWS Wesson energy saving technology tianjin, China
JXH Jiangyin Changyi Group, China
JYS Beijing Jingyuan instrument company, China
KAA Kamstrup, Denmark
KAC , Russian Federation
KAL Kallenbach Elektronik
KAM Kamstrup Energi
KAR Keskar Vana Metal Mak Sti, Turkey
KAS Kamstrup, Denmark
KAT KATHREIN Werke, Germany
KAW Kamstrup, Denmark
KBH K Biesinger, Germany
KBK KBK ELECTRONICS, Pakistan
KBL Kimbal, India
KBN Alpamis IT, Turkey
KDN KADEN VODOMERY, Czech Republic
KDS Kedros, Slovakia
KEA Kea Metering Ptd, Singapore
KEE Keewe, Bulgaria
KEL KELEMINIC, Croatia
KER KERMS haftungsbeschraenkt, Germany
KES Kavosh Electronic Sepahan, Iran
KEY KEYTECH ELEKTRONAE K ANONAE M AA AE RKETAE, Turkey
KFM Shenzhen Kaifa Technology, China / Shenzhen Kaifa Technology Chengdu, China
KGE Guangzhou Keli General Electric, China
KHL Kohler, Turkey
KIG Kiwigrid Kleiststrasse, Germany
KIT KONCAR Instrument transformers, Croatia
KJN Radniroo Industrial
KKE KK Electronic
KKG Katronic, Germany
KLE SHIJIAZHUANG KELIN ELECTRIC, China
KLK Kerlink, France
KMB Kamstrup, Denmark
KMT Krohne Messtechnik, Germany
KNI zhangzhou keneng electrical equipment, China
KNR ISCIENTIFIC TECHSOLUTIONS LABS, India
KNX KONNEX based users Siemens Regensburg
KPD Korea Electric Power Industrial Development, South Korea
KPL KPLC Power, Kenya
KRO Kromschroder
KRT Karat, Russian Federation
KSM Korea Testing Certification, South Korea
KST Kundo SystemTechnik
KSY KUNDO SystemTechnik, Germany
KTC Kerman Tablo, Iran
KTE KEYTECH ELEKTRONIK ANONIM SIRKETI, Turkey
KTL Korea Testing Laboratory, South Korea
KUK KYRGYZ UNAA KURUUSH, Kyrgyzstan
KUL Kultura IoT A A zA, Turkey
KVS Klepsan Klape Vana oelcu aletleri San Tic Sti, Turkey
KWH Zhejiang Songxia Electric Meter, China
KYN Kayon, Poland
KZK KRIZIK, Czech Republic
LAC Heinz Lackmann, Germany
LAI Hangzhou LAISON Technology, China
LAN Langmatz, Germany
LAS Lansen Systems, Sweden
LCG Landis Gyr Meter System Zhuhai, China
LCR ShanDong LiChuang Science and Technology, China
LDE Shenzhen Londian Electrics, China
LDT Hangzhou Laydin Technology, China
LEC Lectrotek Systems, India
LEI PCP International, India
LEM LEM HEME, United Kingdom
LES Lakshmi Electrical Control Systems, India
LET LAN ENGINEERING TECHNOLOGIES, India
LFS Payolcer Metering Devices, Turkey
LFX LoggerFlex Smart Devices, Canada
LGA Landis Gyr, Switzerland
LGB Landis Gyr, United Kingdom
LGC Landis Gyr Equipamentos de Medicaoa Brasil, Brazil
LGD Landis Gyr, Germany
LGE Landis Gyr, Singapore
LGF Landis Gyr, Finland
LGG Ningxia LGG Instrument, China
LGI Landis Gyr, India
LGS Landis Gyr, South Africa
LGU LG Uplus, South Korea
LGZ Landis Gyr
LHA Atlantic Meters, South Africa
LIN Ever Meter, Myanmar
LIT Punos Electronic, Sweden
LJP Lars Jansen Productions, Netherlands
LLM LianYunGang LianLi First Meter, China
LMC Lumacol, Slovakia
LMG Luftmeister, Germany
LML LUMEL, Poland
LMP LIN MAN POWER TECHNOLOGY, Philippines
LMS LMS Services, Germany
LNC Lancier Monitoring, Germany
LNK Loenk F, South Korea
LNT Schneider Electric, India
LOB Lobaro, Germany
LOG LOGAREX Smart Metering, Czech Republic
LOV Lovato Electric, Italy
LQT Lianqiao Technology, China
LRS AMCJ, Poland
LSC Lund Science, Sweden
LSE Landis Staefa electronic
LSK LS Industrial Systems, South Korea
LSP Landis Gyr, Germany
LSZ Siemens Building Technologies
LTO Labtrino, Sweden
LUG Landis Gyr, Germany
LUN LUNA Elektrik Elektronik, Turkey
LUP LUPUS Electronics, Germany
LWT Lotus Wireless Technologies, India
LYE Jiangsu Linyang Electronics, China
LZG Lackmann Zaehler Gesellschaft mbH, Germany
MAC RUDNAP Group Meter Control, Serbia
MAD Maddalena, Italy
MAE Mates Elektronik Metin Ates, Turkey
MAG MAGNATECH Smart Grid Solutions, India
MAH MAHAM ELECTRONIC SAMA SANAT
MAN Manthey, Germany
MAS Master Meter Teknoloji, Turkey
MAT Mitsubishi Electric Automation, Thailand
MAX MAXMET, South Korea
MBH MBH POWER, Ghana
MBS MBS, Germany
MCI METERING AND COMMUNICATIONS SOLUTIONS, India
MCP MPSE, Germany
MCR MICRORISC, Czech Republic
MCS MetCom Solutions, Germany
MCV SOCIETE MAROCAINE DES COMPTEURS SMCV, Morocco
MCX MCX PRO Kft, Hungary
MDA PT MELCOINDA, Indonesia
MDE Diehl Metering, Germany
MDL Maddalena, Italy
MDT Minnotra Energy, India
MDX mdex, Germany
MEC Mitsubishi Electric Corporation, Japan
MED MAHARASHTRA STATE ELECTRICITY DISTRIBUTION COMPANY, India
MEE Metron Europe, France
MEH Mueller electronic, Germany
MEI Sensus Metering Systems, Germany
MEL Mikroelektronika a d, Bosnia and Herzegovina
MEM MEMS, Switzerland
MES Electrometer U, Spain
MET METRA Energie Messtechnik, Germany
MEX Metrix Italia, Italy
MHT Mechatronic Meters, Italy
MIC Microtronics Engineering, Austria
MID MiDo, Italy
MII Apator Miitors ApS, Denmark
MIJ MAXWELL, India
MIK Mikroklima, Czech Republic
MIL Milur Smart System liability company, Russian Federation
MIM n Intelligence Meters Sdn Bhd, Malaysia
MIO Metiundo, Germany
MIR MIR Research and Production Association, Russian Federation
MIS Iskra MIS, Slovenia
MIT Sagemcom Energy Telecom, France
MIV MIVO Technology, Sweden
MKA mirakonta, Germany
MKE MKEK Genel Mudurlugu Gazi Fisek ELSA, Turkey
MKL MAKEL Elektrik Malzemeleri, Turkey
MKS MAK SAY Elektrik Elektronik, Turkey
MLQ MeterLinq, Italy
MLR PKK Milandr, Russian Federation
MMC Modern Meters, Syria
MMF MEMF Electrical Industries, Saudi Arabia
MMI MyMeterInfo, France
MMM MATRICA
MMP MATRIXMETERS, India
MMS Brunswick Bowling and Billiards UK, United Kingdom
MMT METMOTEC, United Kingdom
MNS MANAS Elektronik, Turkey
MNW MENOWATT GE, Italy
MOJ Mojec International, Nigeria
MOS MOMAS SYSTEMS, Nigeria
MOT The Motwane Manufacturing Company, India
MPA Mega Power Automation International, Hong Kong
MPL Metrona Polska Pomiary i Rozliczenia, Poland
MPR Michael Rac, Germany
MPS Multiprocessor Systems, Bulgaria
MRN LLC RPC MEtRON, Ukraine
MRT MIRTEK, Russian Federation
MSB MISA SDN BHD, Malaysia
MSC TECHSTUDIO Arge ve TasarAE m Sanayi AA TAE, Turkey
MSE Mahashakti Energy, India
MSI MIC ELECTRONICS, India
MSM MS M, South Korea
MSO Metiso, Serbia
MST Microsoft Corporation, Taiwan
MSY MAK SAY Elektrik Elektronik Malzemeleri, Turkey
MTC Metering Technology Corporation
MTD Removed November, United States of America
MTE The ian German for Water Meter Manufacturing Metrotec, Egypt
MTG Nanjing Meter Technology, China
MTH njmeter, China
MTI Microtech Industries, Pakistan
MTL Advance Metering technology, India
MTM Metrum, Sweden
MTN Merytronic, Spain
MTP Modern Transformers, India
MTR METER, Russian Federation
MTS MeteRSit, Italy
MTT PT Metalindo Teratai Putra, Indonesia
MTX Matrix Energy, India
MUK Meters UK Whitegate White Lund Trading Estate, United Kingdom
MWI Magic Wand Intelligent Systems, India
MWU METRONA Union, Germany
MXE Hangzhou MingX technology, China
MXM Maxim Integrated Circuit Design, India
MYS MODEMSYS, Spain
NAE Nanjing NengRui Automation Equipment, China
NAG Networked Energy Services, Switzerland
NAR NARI Group Corporation NARI Technology Development, China
NAS NAS Instruments OU / NAS Instruments OU, Estonia
NAT Natural Heat Ahorro Energetico, Spain
NCK NC Korea, South Korea
NDF NUCLEO DURO FELGUERA, Spain
NDM Northern Design, United Kingdom
NEE Northern Electric Equipment Joint Stock Company, Vietnam
NEI NEWLECTRIC INNOVATION, India
NEO NeoVac, Switzerland
NER Nero Electronics, Belarus
NES NORA ELK MALZ SAN ve TAE C A AA, Turkey
NET Netatmo, France
NEX Nexelec, France
NGP Ngenic, Poland
NIK NIK ELEKTRONIKA, Ukraine
NIS Nisko Industries, Israel
NJC NAMJUN, South Korea
NKS N ERGIE Kundenservice, Germany
NLI Next Level Integration, Germany
NME SI ART, Russian Federation
NMG NMG, Poland
NMS Nisko Advanced Metering Solutions, Israel
NMT Nova met, Czech Republic
NNT 2N Telekomunikace, Czech Republic
NOI NOITAC sp k, Poland
NOQ NorthQ, Denmark
NOV NovaTech, United States of America
NPL CSIR National Physical Laboratory, India
NPS NEOPIS, South Korea
NPT CJSC PROGTECH, Russian Federation
NRM Norm Elektronik, Turkey
NRN Neuron, Switzerland
NRT Zavod Nartis, Russian Federation
NSE North Smart Equipment, China
NSN NARI TECH Sanneng Instrument Nanjing, China
NSP M S N S Power, India
NTC Nuri Telecom, South Korea
NTM Netinium, Netherlands
NTT NTT DATA Italia, Italy
NUD Nudron IoT Solutions LLP, India
NVD METER
NVN NOVEN ENERGY AND ICT, Turkey
NWG NINGBO WASSER GERAETE, China
NWM Ningbo Water Meter, China
NXG nexgen consultancy, India
NXP NXP Semiconductors, Netherlands
NYG Ningbo Yonggang Instrument, China
NYN Nanjing Yuneng Instrument, China
NZR Nordwestdeutsche Zaehlerrevision Ing Aug Knemeyer, Germany
OAS Omni Agate Systems, India
OBC shandong oubiao information Technology, China
OBE Obeo, Norway
OBR RMZ OBRIY, Ukraine
ODI OAS Digital Infrastructures, India
ODK Okinawa Denki Kogyo, Japan
OEE ONUR Elektrik ve Elektronik, Turkey
OJA ELECTRICAL CIRCUIT BREAKER FACTORY FOR INDUSTRY ECB, Saudi Arabia
OKN be storaged, Germany
OLI Olivetti, Italy
OMG Open Metering System Group OMS Group e V
OMS OMNISYSTEM, South Korea
ONE Omnicore Stratejik Teknolojiler Sti, Turkey
ONR ONUR Elektroteknik, Turkey
ONS ONUR Elektroteknik, Turkey
OPT Optec, Switzerland
ORB ORBIS Tecnologia Electrica, Spain
ORM Ormazabal, Spain
ORN Orion System LLP, Kazakhstan
OSA Osaki Electric Europe, Japan
OSB Ocea Smart Building, France
OSC Oriental Sales Corporation, India
OSK Osaki Electric, Japan
OSV Onstar Venture, India
OTM OTMetric, France
OTS Shenzhen Oasis Technology Service, China
OYK GULLWING TIANJIN INDUSTRY DEVELOPMENGT, China
OZK Oz kar Enerji, Turkey
PAD PadMess, Germany
PAF FAP PAFAL, Poland
PAI PAIBOONKIJTHANA, Thailand
PAK Paktim Energy Sp zo o, Poland
PAN Panasonic Corporation, Japan
PBR PFIFFNER do Brasil, Brazil
PCE Precise Electronics, Thailand
PCI POLYCAB, India
PCR Powercom, Israel
PDE Pfiffner Deutschland, Germany
PDX Paradox Engineering, Switzerland
PEA PEA J V Company, Ecuador
PEE Prantech Energy Solutions, India
PEL Pak Elektron PEL, Pakistan
PEM peerMetering, Germany
PEP POWRTEC ENERGY, India
PER Perry Electric, Italy
PFI PFIFFNER Instrument Transformers, Switzerland
PGE PayGo Energy
PGP P G P Smart Sensing, Belgium
PHL HangZhou PAX Electronic Technology, China
PHX Phoenix Systems, Poland
PII PiiGAB Processinformation i Goteborg, Sweden
PIK pikkerton, Germany
PIL Pilot Systems London, United Kingdom
PIM Power Innovation, Germany
PIN PFIFFNER Instr Transformers, India
PIP Hermann Pipersberg jr, Germany
PIV Pivot Access, Rwanda
PLL POLL, Czech Republic
PLN Prolan Process Control Company, Hungary
PLO Weihai Ploumeter, China
PLU Plutus Smart Energy Solutions, India
PME Pal Mohan Electronics, India
PMG Sensus Metering Systems, Germany
PML PROGRESSIVE METERS, India
PMP REDUR, Germany
PMS PMS Elektronik, Germany
PMX Dell Anna Ing Luca, Italy
PNC PNC Technology, South Korea
PNG PAKTIM METERING, Nigeria
POD PowerOneData, India
POL Pronal sp k, Poland
POW PowerApp, Denmark
POZ ZEUP Pozyton, Poland
PPC Power Plus Communications, Germany
PPL Prompribor plant, Russian Federation
PPS Palace Power Systems, South Africa
PQP PQ Plus, Germany
PRA Paya Ravesh Aria
PRE Predicate Software, South Africa
PRG Paud Raad Industrial Group, Iran
PRI Polymeters Response International
PRM Promatic, Croatia
PRO Proton Elektromed, Turkey
PRY ShanDong LiChuang Science and Technology, China
PSC PS Tec, Korea,  Democratic People's Republic of (North Korea)
PSE pSenso, Poland
PSN PySENSE, Poland
PSS Part Sanat Sanjesh, Iran
PST PS Tec, South Korea
PSY PIKK Systems, Germany
PTA PT Alinco, Indonesia
PTI Prolific Technology, Taiwan
PTR Pfiffner TransformatA r, Turkey
PUK Paktim Consulting UK, United Kingdom
PUL NPP Teplovodokhran
PVT Pavo TasarAE m A retim Elektronik Tic A AA, Turkey
PWB Paul Wegener, Germany
PWR Powrtec, United States of America
PXC Phoenix Contact, Germany
PYU PYUNGIL, South Korea
PYX Pyrexx, Germany
QDR Quadrar Tecnologia, Brazil
QDS Qundis, Germany
QFP QFP Engineering, Italy
QLE Quickline Energy, Switzerland
QSD Quicksand, Belgium
QTS QT systems, Sweden
RAC Michael Rac, Germany
RAD Radiocrafts, Norway
RAM Rossweiner Armaturen und Messgeraete OHG, Germany
RAS Rubikon Apskaitos Sistemos, Lithuania
RAY Rayleigh Instruments, United Kingdom
RBM R B M, Italy
RCE RC ENERGY METERING, India
RDK Wuhan Radarking Electronics, China
RDM RDMx Consulting, Brazil
REC Zhejiang Reallin Electron, China
REF REFERANS ELEKTRIK SAYACLARI, Turkey
REI RENESAS ELECTRONICS, India
REL Relay, Germany
REM Remote Energy Monitoring, United Kingdom
REP Radiant Energy Solutions, India
RES Renesas Electronics, Singapore
RHN Rhino, Poland
RIC Richa Equipments, India
RIL Rikken Instrumentation, India
RIM CJSC Radio and Microelectronics, Russian Federation
RIN Rayleigh Instruments, United Kingdom
RIT Ritz Instrument Transformers, Germany
RIX Raonix, South Korea
RIZ RIZ Transmitters, Croatia
RKD Ramakrishna Electro Components, India
RKE Viterra Energy Services formerly Raab Karcher ES
RMA Mess und Regeltechnik, Germany
RMG RMG Messtechnik, Germany
RMI Racemosa Energy, India
RML ROLEX METERS RPIVATE, India
RMR Advanced Technology RAMAR, United Kingdom
RMT Richter Messtechnik, Germany
RNW Renergy Micro Technologies, China
ROK ROKIP Liability Company, Russian Federation
RSA Rahrovan Sepehr Andisheh
RSM Zhejiang Risesun Science and Technology, China
RSW RSW Technik, Germany
SAA Sanjesh Afzar Asia, Iran
SAC SACOFGAS, Italy
SAE SAE IT systems, Germany
SAG Sagemcom Energy Telecom, France
SAL Salzer Electronics, India
SAM Siemens OEsterreich AMIS Automated Metering and Information System, Austria
SAN SANN Stockholm, Sweden
SAP Diehl Metering, Germany
SAT SATEC, Israel
SBC Saia Burgess Controls, Switzerland
SCA SENECA, Italy
SCE Seo Chang Electric Communication, South Korea
SCH Schinzel
SCL Steama Company
SCM CalinMeter, China
SCR Sanchuan Wisdom Technology, China
SCT S I C E Telecomunicazioni, Italy
SCW ScatterWeb, Germany
SDC SdC Sistemas de Contagem
SDM Shandong Delu Measurement, China
SDS Sitec Elettronica industriale, Italy
SEC Schneider Electric, Canada
SED SenseMi DMCC, United Arab Emirates
SEE El Sewedy Electrometer, Egypt
SEG SenseMi DMCC, United Arab Emirates
SEH SAMRAKSHANA ELECTRICALS, India
SEI Sicom Electronics International, Chile
SEK StroyEnergoKom, Russian Federation
SEL Selec Controls, India
SEM Smart Meter Company, Myanmar
SEN Sensus Metering Systems, Germany
SEO SENSOCO Greatech, Germany
SES SenseMi DMCC, United Arab Emirates
SET Sagemcom Energy Telecom, France
SEW SenseMi DMCC, United Arab Emirates
SFE WUHAN SANFRAN ELECTRONICS, China
SFI Siemens DI PA MI, Germany
SFR WUHAN SANFRAN ELECTRONICS, China
SFT Sotflink, Czech Republic
SGA smartGAS Mikrosensorik, Germany
SGI Smartgrid Innovations, India
SGM Swiss Gas Metering, Switzerland
SGN SYGNITY, Poland
SGT SAGATECA, Brazil
SGX Gao Xiang Water Meter, China
SHD Beijing SanHuaDeBao Energy Technoligy, China
SHE Shenzhen SingHang Elec tech, China
SHM Shanghai Metering, China
SHT Shitek Technology, Italy
SIC SICK Engineering, Germany
SIE Siemens
SIG Sigrenea, France
SIJ SUN STAR INDUSTRIES, India
SIL Silicon Laboratories, United States of America
SIM Sana Intelligent Meter, Iran
SIN SINAPSI, Italy
SIS Sevme Informatique Service, France
SIT SITEL, Serbia
SIV Sieverding Heizungs und Sanitaertechnik, Germany
SIX Six Innovation, Sweden
SJA Sheng Jay Automation Technologies, Taiwan
SKI S K I, Germany
SKK Shikoku Instrumentation, Japan
SKN BENTEX CONTROL AND SWITCH GEAR, India
SKQ SKI sherkate kontorsazi, Iran
SKT SkyToll, Slovakia
SKY SKYLARK SMARTMETERS, India
SLB Schlumberger Industries, France
SLG Silergy Technologies
SLP Sylop spolka z ograniczona odpowiedzialnoscia sp k, Poland
SLV Solvimus, Germany
SLW SOLID WAY SAS, France
SLX Ymatron, Switzerland
SMA Smart me, Switzerland
SMC Sierra Monitor Corporation, United States of America
SME Siame, Tunisia
SMF Star Measure, Brazil
SMG Samgas, Italy
SMI PT SMART METER, Indonesia
SML Siemens Measurements
SMM Smart Metering, Italy
SMN Saiman Corporation, Kazakhstan
SMP LLC FIRM SEMPAL, Ukraine
SMQ SMARTMETERQ, Italy
SMR Saudi Meters Company, Saudi Arabia
SMS Smart Metering Solutions Changsha, China
SMT Smarteh, Slovenia
SMV Societe Marocaine des Compteurs, Morocco
SMX Smart Meters Technologies Sdn Bhd, Malaysia
SNB Stromnetz Berlin, Germany
SNM ShenZhen Northmeter, China
SNR NTN SNR, France
SNS Signals and Systems, India
SNT SensorNet, Italy
SOC SOCOMEC, France
SOF Softflow de, Germany
SOG Sogecam Industrial, Spain
SOL Soledia, Italy
SOM Somesca, France
SON Sontex, Switzerland
SOS SOFTSERVICE, Ukraine
SOT Sotronix, Germany
SPC JSC RPC Spektr, Russian Federation
SPE SUKHILA POWER ELECTRONICS, India
SPL Diehl Metering, Germany
SPM Stelmec Powercom, India
SPX Sensus Metering Systems, Germany
SPZ SPowerZ Solutions, India
SRE Guangzhou Sunrise Electronics Development, China
SRF Saraf Industries, India
SRI M K SRINIVASAN SYSTEMS, India
SRN Shandong SARON Intelligent Technology, China
SRV Servic, Ukraine
SSE S T Smart Energy, Austria
SSG Super Star Electronics, Bangladesh
SSI Security Solutions Institute, Bulgaria
SSL Synapsys Solutions
SSM SCC METERS, Bangladesh
SSN Silver Spring Networks, United States of America
SSS SUEZ SMART SOLUTIONS, France
SST Qingdao Haina Electric Automation Systems, China
STA Shenzhen Star Instrument, China
STC Sunrise Technology, China
STD Stedin, Netherlands
STE Satera Elektrik Elektronik San ve Tic
STF STACKFORCE, Germany
STH Santech, Poland
STL Saudi Technical Group, Saudi Arabia
STM STELMEC, India
STN Hunan Stron Smart, China
STO ABB STOTZ KONTAKT, Germany
STP Spectrum Tool Engineers, India
STR Strike Technologies, South Africa
STS Swistec Systems, Switzerland
STV STV Automation Branch of STV Electronic, Germany
STW Siterwell Electronics, China
STZ Steinbeis Innovation Center Embedded Design and Networking, Germany
SUL SINHAL UDYOG, India
SUM Sumeru Verrdhe Technologies, India
SUN TIAN JIN SUN ENERGY TECHNOLOGY, China
SUP SUPERMAX COMPONENTS, India
SUX Supermax Components, India
SVM AB Svensk Vaermemaetning SVM
SVT SPUTNIK, Russian Federation
SWI Swistec, Germany
SWM Smart Water Metering, Canada
SWS Stadtwerke Senftenberg, Germany
SWT Beijing Swirling Technology, China
SYC Sycous Leeds Innovation Centre, United Kingdom
SYD Sydler Electronics, India
SYN SMSISTEM, Turkey
SYR SAYRON GLOBAL ENERJAE A AA, Turkey
SYS Softwareentwicklung Systemdesign, Austria
SYX SyxthSense, United Kingdom
SZS Szerver Szektor Kft, Hungary
TAG Telma, Switzerland
TAL TALAMONA, Italy
TAN Tianxin instrument group, China
TAS Pouyeshgaran Tabriz Azma, Iran
TAT Tatung, Taiwan
TAU TARGUS TECHNOLOGIES, India
TAY Taytech Otomasyon ve Bilisim Teknolojileri Sti, Turkey
TAZ PoyeshGaran Sahandzaran Tabrizazma, Iran
TBN TBEA Nanjing Intelligent Electric, China
TBS TEBAAA END ISI SAE S AE NAA TUR SAN VE TAE C AA TAE, Turkey
TCE Qingdao iTechene Technologies, China
TCH Techem
TCM TCOM, Serbia
TCO Teco, Czech Republic
TCP Telecard Prilad, Ukraine
TCT Tecnotel, Italy
TCX Qingdao Topscomm Communication, China
TCZ Tianjin Chuangzhan Tongcheng Technology Development, China
TDC Telecom Design, France
TEA TEAM R
TEC TECSON Digital, Germany
TEH IOTech
TEI Tohoku Electric Meter Industry, Japan
TEK Tekmar Regelsysteme, Germany
TEL TURBO ENERGY, Nigeria
TEN TekhnoEnergo, Russian Federation
TEO ubitricity Gesellschaft fur verteilte Energiesysteme mbH, Germany
TEP TEPEECAL, France
TER Tavrida Electric Russia, Russian Federation
TEU TOSHELECTROAPPARAT FE, Uzbekistan
TFC Toos Fuse, Iran
TFG TERMICS Divisione FIMIGAS, Italy
TGX Tiesse, Italy
THE Theben, Germany
THS JOZI 20, Bulgaria
THW TW TEAMWARE, Italy
TIC TOKYO KEISO, Japan
TID TIDE, South Korea
TIG ZHONGHUAN TIG, China
TII TRIKALA INDUSTRIES, India / Pal Mohan Electronics, India
TIL Thermal Integration, United Kingdom
TIP TIP, Germany
TIS Texas Instruments, Hong Kong
TIX Tixi Com
TKN TECHKNAVE, India
TKS Teksan Teknolojik OElcum Sistemleri, Turkey
TLC TELECON GALICIA, Spain
TLM Theodor Lange Messgeraete, Germany
TLR Telereading, Italy
TLS TLS Energimaetning, Sweden
TLT Telecommunication Technologies, Ukraine
TLY LLC SPE Telemetry, Ukraine
TME TECHNO METERS ELECTRONICS, India
TMK Timi Kosova Sh p k
TMS TEMASS IMALAT, Turkey
TMZ TMZ Thuringer Mess und Zaehlerwesen Service, Germany
TNT Deltamess DWWF, Germany
TOE Top For Electrical Industries, Egypt
TOP KMB systems, Czech Republic
TPB 2 Plus AD, Bulgaria
TPC Taipit measuring equipment, Russian Federation
TPG Texnopark, Uzbekistan
TPI Transfopower Industries, Pakistan
TPJ TAKAHATA PRECISION, Japan
TPL Teplocom Holding, Russian Federation
TPZ PLC Technology
TRC Traco Doo, Serbia
TRG Trench, Germany
TRI Tritech Technology, Sweden
TRJ SHENZHEN TECHRISE ELECTRONICS, China
TRL Trilliant, Canada
TRN TERRANOVA, Italy
TRO TROX, Germany
TRU Truteq Wireless, South Africa
TRV Transvaro Elektron Aletleri, Turkey
TRW Triowatt
TRX Beijing TianRuiXiang Equipment, China
TRZ TR Group, South Africa
TSD Theobroma Systems Design und Consulting, Austria
TSE Nichi Manufacturing, India
TSG Testo Sensor, Germany
TSM Tatung Smart Meter, Taiwan
TSW T7 WENMAX SDN BHD, Malaysia
TTG Tatung, Taiwan
TTM Toshiba Toko Meter Systems, Japan
TTN Tatung, Taiwan
TTR Tetraedre, Switzerland
TTT Telephone and Telegraph Technique, Bulgaria
TUR TURKSAY ELEKTRONIK ELEKTRIK ENDUSTRISI
TWO 2Flow, Sweden
TXL CETC46 TianJin New Top Electronics Technology, China
UAG Uher
UBI Ubitronix system solutions, Austria
UBY ubitricity Gesellschaft fur verteilte Energiesysteme mbH, Germany
UEI United Electrical Industries, India
UEL united electrical industries, India
UGI United Gas Industries
UGT DP UKRGAZTECH Ukrainian gas technologies, Ukraine
UHM Micronics, United Kingdom
UNI Univations, Hong Kong
UNM UniMetric, Croatia
UPS UMA POLY SOLUTIONS, India
URM Urmet Telecomunicazioni, Italy
USC Usanca Soluciones, Spain
UTF UtiliFlex, United States of America
UTI Utilia, Italy
UTL United Telecoms, India
UTS UNIQUE TECHNOSOLUTIONS, India
UTT UtiliTools, Germany
UZM YANGI ASR INOVATSIYA, Uzbekistan
VAI Shete Advanced Technologies, India
VAL Valkoder, Bulgaria
VAR VARAAHI ELECTROMECH, India
VDP Plant Vodopribor management company, Russian Federation
VEC Energo Control, Ukraine
VEL VELANKANI ELECTRONICS, India
VEN INVENDIS TECHNOLOGIES, India
VER VERAUT, Austria
VES Viterra Energy Services
VEX Vertex Electronics, Pakistan
VFS Semas, Serbia
VGO Vango Technologies, Taiwan
VIE Vientech, France
VIK VI KO ELEKTRIK, Turkey
VIM VAE EN ENERJAE SAE STEMLERAE SANAYAE VE TAE CARET LAE MAE TED AA AE RKETAE, Turkey
VIN Vektor innovations, India
VIP VIPA CZ, Czech Republic
VIT Vitir, Norway
VLT ABB EPMV Division, Czech Republic
VMP VAMP, Finland
VNE Vision Networks, India
VPI Van Putten Instruments
VPL Verticross, India
VSE Valenciana Smart Energy of Mediterranean Sea, Spain
VSN Viewshine, China
VTC Vitelec, Netherlands
VTG vemm tec Messtechnik
VTK Linkwell Telesystems, India
VTN VITEX NOVA, Ukraine
VTZ VitzroSys, South Korea
VVV VIVAVIS, Germany
WAD Waher Data, Sweden
WAH WAHESOFT, Germany
WAI Chongqing WECAN Precision Instruments, China
WAL Wallaby Metering Systems, India
WDN Webdyn, France
WEB Webolution, Germany
WEG WEG Equipamentos Eletricos Automacao, Brazil
WEH E Wehrle, Germany
WEL WELLTECH automation, China
WEP Weptech elektronik, Germany
WFT Waft Embedded Circuit Solutions, India
WGN Wasser Geraete, Germany
WGP GreenPoint, Poland
WHU Wasion Kft, Hungary
WIG Wigersma Sikkema, Netherlands
WIK WIKON Kommunikationstechnik, Germany
WIN Windmill Innovations, Netherlands
WKL Shenyang jia DE lian yi energy technology, China
WKX JINING WUKEXING METER, China
WMI Weidmueller, Germany
WMO Westermo Teleindustri, Sweden
WNC wireless netcontrol, Germany
WNW Wistron NeWeb Corporation Marketing Center, Taiwan
WOW Sciknow Techno Solutions, India
WPZ Weepiez SaS, France
WRE Waaree Smart Meters, India
WSD Yantai Wisdom Electric, China
WSE Wasion Group, China
WSG ZHEJIANG WELLSUN INTELLIGENT TECHNOLOGY, China
WSM winAMR Systems, India
WSR WESER, Russian Federation
WTI Weihai Sunts Electric Meter, China
WTL Wipro Technologies, India
WTM Watertech, Italy
WTT Watertech, Italy
WUR Wurm Elektronische Systeme, Germany
WZG Neumann Wasserzaehler Glaubitz, Germany
WZT Wizit, South Korea
XAO Info Solution, Italy
XEE XEE Technology, Germany
XEM XEMTEC, Switzerland
XIO XIOTA, India
XJM XJ Metering, China
XLG X LOGIC, Croatia
XMA XMASTER, Poland
XMX Xemex, Belgium
XPP XYROSYS, India
XTM Suntront Tech, China
XTR HENAN SUNTRONT TECH, China
XTY LianYuanGang Tengyue Electronics Technology
XYL Sensus Ludwigshafen, Germany
XYM Ningbo Xingyuan Meter Technology, China
YAW Yawgi Smart Technology, Morocco
YDD Jilin Yongda Group
YDS YIDU Smart Technology Beijing, China
YEM KYENM TECH, India
YFC Yufeng Changhui Automation Instrument, China
YGM YGM Shandong Yiguang heat metering technology, China
YHE Youho Electric, South Korea
YHF Hebei Haifeng Electronic Technology, China
YJZ Zhuhai Yujian Science Technology, China
YNE YOONO ENERGY TECHNOLOGY JIANGSU, China
YNP Ningbo Yong Neng Power Technology, China
YPP YPP, South Korea
YPW PT POWINT ELECTRIC, Indonesia
YSS Yellowstone Soft, Germany
YTE Yuksek Teknoloji, Turkey
YTL ZheJiang yongtailong electronic, China
YYW Shandong youyuan instrument, China
YZR Cangzhou City Hebei Electronic Technology, China
ZAG Zellweger Uster, Switzerland
ZAP Zaptronix
ZAR SNC ZARALAB, Bulgaria
ZCH Zhejiang Chaorong Electric Technology, China
ZCU Suzhou Dojustek Intelligent Technology, China
ZEL Dr techn Josef Zelisko, Austria
ZEN ZenMeter Solutions, India
ZEX ZEXON ENERGY, India
ZFY Hang Zhou Fu Yang Instrument General Factory, China
ZGX ZIGNUX TECHNOLOGY, Spain
ZIP St Petersburg Meters Factory, Russian Federation
ZIV ZIV Aplicaciones y Tecnologia
ZJY Zhejiang Jiayou Thermal Technology Equipment, China
ZLW Ningbo ZLINK Technology, China
ZOT Zhejiang Ocaenergy Technology
ZPA ZPA Smart Energy, Czech Republic
ZQB Zhejiang Qibin Technology, China
ZRI ZENNER International, Germany
ZRM ZENNER International, Germany
ZTE ZTE Corporation ZTE Plaza, China
ZTX ZHEJIANG TANCY INSTRUMENT TECHNOLOGY eTD, China
ZTY ZHEJIANG CHINT INSTRUMENT METER, China
ZVC SigmaHeat
ZXT Zhejiang Xinghao Technology
ZXY Linyi City Xiaoyuan Water Meter, China
ZYB WEIHAI ZHENYU INTELL TECH, China
ZYS Wuxi Zhongyi Smart Technology, China
ZZZ Michael Rac, Germany`
